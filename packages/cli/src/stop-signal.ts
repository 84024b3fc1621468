import { outputClosed } from './output.js';

const EXIT_CODE_INTERRUPTED = 130;
const PARENT_POLL_MS = 500;

/**
 * A signal that is repeated this soon is the same one: Ctrl-C in a terminal reaches both npm and
 * the command, and npm passes it on.
 */
const SAME_SIGNAL_MS = 500;

/**
 * Aborted when a long-running command must end: on SIGINT, SIGTERM or SIGHUP, when its
 * output is closed, and when its parent process is gone, because the shell in which npm runs a
 * script dies of a SIGTERM without passing it on. A second signal ends the process at once, with
 * exit code 130.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  let stoppedAt = Number.POSITIVE_INFINITY;
  // The listeners stay: without one, the library that restores the terminal's cursor ends the
  // process on a signal.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (performance.now() - stoppedAt > SAME_SIGNAL_MS) process.exit(EXIT_CODE_INTERRUPTED);
      if (stop.signal.aborted) return;
      stoppedAt = performance.now();
      stop.abort();
    });
  }
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop.abort(), PARENT_POLL_MS).unref();
  return AbortSignal.any([stop.signal, outputClosed]);
}

/** Resolves once a signal is aborted. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
