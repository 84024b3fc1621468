import type { Clock } from 'iex-cli/clock';

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: { time: number; callback: () => void }[] = [];
  /** How many timers have fired. */
  wakeUps = 0;

  now(): number {
    return this.#now;
  }

  /** The monotonic time, counted from midnight of 22 November 2026. */
  wallTime(): number {
    return Date.UTC(2026, 10, 22) + this.#now;
  }

  schedule(delay: number, callback: () => void): () => void {
    const timer = { time: this.#now + delay, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that wait to fire. */
  get timerCount(): number {
    return this.#timers.length;
  }

  /** Moves the time by `millis`, firing the timers that fall due on the way, each at its time. */
  advance(millis: number): void {
    const end = this.#now + millis;
    for (;;) {
      const next = this.#timers
        .filter(({ time }) => time <= end)
        .sort((a, b) => a.time - b.time)
        .at(0);
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.time);
      this.wakeUps += 1;
      next.callback();
    }
    this.#now = end;
  }
}
