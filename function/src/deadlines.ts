import type { Clock } from 'iex-cli/clock';

/** Thrown by {@link within} when the work has not ended by its deadline. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * Calls back when the monotonic clock has reached `instant` (ms), never earlier; at once if it is
 * past. The function that it returns cancels the call.
 */
function at(clock: Clock, instant: number, callback: () => void): () => void {
  let cancel = () => {};
  // Node's timers count whole milliseconds on a clock of their own, and may fire a little early.
  const check = () => {
    const left = instant - clock.now();
    if (left <= 0) callback();
    else cancel = clock.schedule(left, check);
  };
  check();
  return () => cancel();
}

/** Resolves when the monotonic clock has reached `instant` (ms), never earlier. */
export function sleepUntil(clock: Clock, instant: number): Promise<void> {
  return new Promise((resolve) => {
    at(clock, instant, resolve);
  });
}

/**
 * Runs `work`, and aborts its signal at `deadline` (monotonic ms). The promise settles by then,
 * whether the work heeds the signal or not.
 *
 * @throws {DeadlineError} at the deadline, and whatever the work throws before it
 */
export function within<T>(
  clock: Clock,
  deadline: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const cancel = at(clock, deadline, () => {
      reject(new DeadlineError('the deadline has passed'));
      controller.abort();
    });
    work(controller.signal).then(resolve, reject).finally(cancel);
  });
}
