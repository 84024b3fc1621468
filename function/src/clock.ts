import { setTimeout as delay } from 'node:timers/promises';

/** Time as the functions see it; passed in, so that tests drive it by hand. */
export interface Clock {
  /** The wall clock, in ms since the Unix epoch. It may be set back or forth at any moment. */
  now(): number;
  /** The monotonic clock, in ms since an arbitrary start. It never jumps. */
  monotonic(): number;
  /** Resolves when the monotonic clock has reached `instant` (ms), or as soon as `signal` aborts. */
  sleepUntil(instant: number, signal?: AbortSignal): Promise<void>;
}

/** Thrown by {@link within} when the work has not ended by its deadline. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleepUntil(instant, signal) {
    // Node counts timers in whole milliseconds and may fire one a fraction early.
    for (let left = instant - performance.now(); left > 0; left = instant - performance.now()) {
      if (signal?.aborted) return;
      await delay(left, undefined, signal && { signal }).catch(() => {});
    }
  },
};

/**
 * Runs `work` and aborts its signal at `deadline` (monotonic ms).
 * The result does not depend on the work heeding the signal.
 *
 * @throws DeadlineError at the deadline, and whatever the work throws before it
 */
export async function within<T>(
  clock: Clock,
  deadline: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const working = new AbortController();
  const waiting = new AbortController();
  const expiry = clock.sleepUntil(deadline, waiting.signal).then(() => {
    throw new DeadlineError('the deadline has passed');
  });
  try {
    return await Promise.race([work(working.signal), expiry]);
  } finally {
    waiting.abort();
    working.abort();
  }
}
