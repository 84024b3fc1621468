/** Error codes of a write to a pipe without a reader, and to a terminal that is gone. */
const CLOSED = new Set(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED']);

const closed = new AbortController();

/**
 * Aborted when standard output or standard error is closed at the other end, as by `| head`. Only a
 * command that runs until it is stopped has to act on it, because nobody sees its output any more.
 */
export const outputClosed: AbortSignal = closed.signal;

/**
 * Lets writes to a closed output have no effect, instead of ending the process with a stack trace.
 * Other failures, such as a full disk, are shown once and make the exit code 1; the command ends in
 * order as well.
 */
export function tolerateClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!closed.signal.aborted && !CLOSED.has(error.code ?? '')) reportFailure(stream, error);
      closed.abort();
    });
  }
}

function reportFailure(stream: NodeJS.WriteStream, error: Error): void {
  process.once('exit', () => {
    process.exitCode ||= 1;
  });
  if (stream === process.stderr) return;
  process.stderr.write(`Standard output cannot be written: ${error.message}\n`);
}
