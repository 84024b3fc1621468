import { constants } from 'node:os';
import { OperationalError } from 'iex-cli';

/** The signals that ask a process to end; the last two come together when a machine shuts down. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Says that a signal has stopped the work; its exit code is the one for that signal. */
export class InterruptedError extends OperationalError {
  override name = 'InterruptedError';
  override readonly exitCode: number;

  constructor(signal: (typeof SIGNALS)[number]) {
    super('Interrupted');
    // The exit code by the convention of shells.
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Handles termination signals. The first one asks everything that runs to end in order, through the
 * signal that this returns; a second Ctrl-C ends this process at once, and with it the programs
 * that it runs.
 *
 * @param onFirst called after the first signal
 * @param onSecond called after the second one, before the process ends
 * @returns a signal whose reason is an {@link InterruptedError}
 */
export function listenForInterruption(onFirst: () => void, onSecond: () => void): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      const error = new InterruptedError(name);
      if (!controller.signal.aborted) {
        controller.abort(error);
        onFirst();
      } else if (name === 'SIGINT') {
        onSecond();
        process.exit(error.exitCode);
      }
    });
  }
  return controller.signal;
}
