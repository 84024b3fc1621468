/** Time as the functions see it; passed in, so that tests drive it by hand. */
export interface Clock {
  /** The monotonic clock, in ms since an arbitrary start. It never jumps. */
  now(): number;
  /** The wall clock, in ms since the Unix epoch. It may be set back or forth at any moment. */
  wallTime(): number;
  /**
   * Calls back when the monotonic clock has reached `instant` (ms), never earlier; at once where it
   * is past. The function returned cancels that.
   */
  at(instant: number, callback: () => void): () => void;
}

/** Thrown by {@link within} when the work has not ended by its deadline. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  at(instant, callback) {
    let timer: NodeJS.Timeout | undefined;
    // Node's timers count whole milliseconds on a clock of their own, and may fire a little early.
    const check = () => {
      const left = instant - performance.now();
      if (left <= 0) callback();
      else timer = setTimeout(check, left);
    };
    check();
    return () => clearTimeout(timer);
  },
};

/** Resolves when the monotonic clock has reached `instant` (ms). */
export function sleepUntil(clock: Clock, instant: number): Promise<void> {
  return new Promise((resolve) => {
    clock.at(instant, resolve);
  });
}

/**
 * Runs `work`, and aborts its signal at `deadline` (monotonic ms). The promise settles then at the
 * latest, whether the work heeds the signal or not.
 *
 * @throws DeadlineError at the deadline, and whatever the work throws before it
 */
export function within<T>(
  clock: Clock,
  deadline: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const cancel = clock.at(deadline, () => {
      reject(new DeadlineError('the deadline has passed'));
      controller.abort();
    });
    work(controller.signal).then(resolve, reject).finally(cancel);
  });
}
