import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from 'iex-cli/clock';

interface Timer {
  readonly time: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #wall: number;
  #now: number;
  readonly #timers = new Set<Timer>();
  /** How many timers have fired. */
  wakeUps = 0;

  /**
   * @param wall the wall time, in ms since the epoch; by default midnight of 22 November 2026
   * @param now the monotonic time, in ms
   */
  constructor(wall = Date.UTC(2026, 10, 22), now = 0) {
    this.#wall = wall;
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#wall;
  }

  /** Sets the wall clock, as a time server does; the monotonic clock is not touched. */
  setWall(wall: number): void {
    this.#wall = wall;
  }

  schedule(delay: number, callback: () => void): () => void {
    const timer = { time: this.#now + delay, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Resolves after `millis`, once the clock is moved so far. */
  sleep(millis: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(millis, resolve);
    });
  }

  /** Timers that wait to fire. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Moves the time by `millis`, firing the timers that fall due on the way, each at its time. */
  advance(millis: number): void {
    const end = this.#now + millis;
    for (let next = this.#next(); next && next.time <= end; next = this.#next()) this.#fire(next);
    this.#moveTo(end);
  }

  /** Lets time pass from timer to timer until the work has ended. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    for (;;) {
      // Work that needs no time to pass runs first.
      await turn();
      if (ended) return work;
      const next = this.#next();
      if (!next) throw new Error('the work waits for something that is not time');
      this.#fire(next);
    }
  }

  #next(): Timer | undefined {
    return [...this.#timers].sort((a, b) => a.time - b.time)[0];
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#moveTo(Math.max(this.#now, timer.time));
    this.wakeUps++;
    timer.callback();
  }

  #moveTo(now: number): void {
    this.#wall += now - this.#now;
    this.#now = now;
  }
}
