import { constants } from 'node:os';
import { InterruptedError } from './errors.mjs';

/** What asks a process to end; the last two come together where a machine goes down. */
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Ctrl-C and its kin. The first asks whatever runs to end in order, by the signal that this returns; a second Ctrl-C ends
 * this process at once.
 *
 * @param {object} callbacks
 * @param {() => void} callbacks.onFirst called when all have been asked
 * @param {() => void} callbacks.onSecond called before the end
 * @returns {AbortSignal} its reason is an InterruptedError
 */
export function listenForInterruption({ onFirst, onSecond }) {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      const error = new InterruptedError(name, constants.signals[name]);
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
