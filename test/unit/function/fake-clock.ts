import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, sleepUntil } from 'iex-function/clock';

interface Timer {
  readonly instant: number;
  readonly callback: () => void;
}

/** A clock that stands still until {@link FakeClock.run} moves it to the next instant waited for. */
export class FakeClock implements Clock {
  #wall: number;
  #monotonic: number;
  readonly #timers = new Set<Timer>();

  constructor(wall = Date.parse('2026-11-22T09:00:00Z'), monotonic = 5_000) {
    this.#wall = wall;
    this.#monotonic = monotonic;
  }

  now(): number {
    return this.#monotonic;
  }

  wallTime(): number {
    return this.#wall;
  }

  /** Sets the wall clock, as a time server does; the monotonic clock is not touched. */
  setWall(wall: number): void {
    this.#wall = wall;
  }

  at(instant: number, callback: () => void): () => void {
    if (instant <= this.#monotonic) {
      callback();
      return () => {};
    }
    const timer = { instant, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Sleeps for so many ms. */
  sleep(ms: number): Promise<void> {
    return sleepUntil(this, this.#monotonic + ms);
  }

  /** Lets time pass until the work has ended. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    for (;;) {
      // Whatever can go on without time passing goes on first.
      await turn();
      if (ended) return work;
      const next = [...this.#timers].sort((a, b) => a.instant - b.instant)[0];
      if (!next) throw new Error('the work waits for something that is not time');
      this.#wall += next.instant - this.#monotonic;
      this.#monotonic = next.instant;
      this.#timers.delete(next);
      next.callback();
    }
  }
}
