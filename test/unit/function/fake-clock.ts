import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../function/src/clock.js';

interface Sleeper {
  readonly instant: number;
  readonly wake: () => void;
}

/** A clock that stands still until {@link FakeClock.run} moves it to the next instant waited for. */
export class FakeClock implements Clock {
  #wall: number;
  #monotonic: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(wall = Date.parse('2026-11-22T09:00:00Z'), monotonic = 5_000) {
    this.#wall = wall;
    this.#monotonic = monotonic;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Sets the wall clock, as a time server does; the monotonic clock is not touched. */
  setWall(wall: number): void {
    this.#wall = wall;
  }

  sleepUntil(instant: number, signal?: AbortSignal): Promise<void> {
    if (instant <= this.#monotonic || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = {
        instant,
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  /** Sleeps for so many ms. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.sleepUntil(this.#monotonic + ms, signal);
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
      const next = [...this.#sleepers].sort((a, b) => a.instant - b.instant)[0];
      if (!next) throw new Error('the work waits for something that is not time');
      this.#wall += next.instant - this.#monotonic;
      this.#monotonic = next.instant;
      next.wake();
    }
  }
}
