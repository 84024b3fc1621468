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
 */
export function tolerateClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!CLOSED.has(error.code ?? '')) throw error;
      closed.abort();
    });
  }
}
