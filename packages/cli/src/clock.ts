/** A source of time; tests pass one that they advance by hand. */
export interface Clock {
  /** Monotonic time in ms, for deadlines: a corrected wall clock must not move them. */
  now(): number;
  /** Wall time in ms since the epoch, for publish times. */
  wallTime(): number;
  /** Runs `callback` once, `delay` ms from now. Returns a function that cancels it. */
  schedule(delay: number, callback: () => void): () => void;
}

/** The clock of this machine. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  schedule(delay, callback) {
    const timer = setTimeout(callback, delay).unref();
    return () => clearTimeout(timer);
  },
};
