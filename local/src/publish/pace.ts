import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from 'iex-cli/clock';

/** How long to wait for more messages to become due, in ms, so that they go out together. */
const TOGETHER_MS = 20;

/**
 * Says how many messages are due. The rate holds from the start to the end: messages that were late
 * are made up for.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #start: number;
  #taken = 0;

  /** @param perSecond the rate; without it, all messages are due at once */
  constructor(clock: Clock, perSecond = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#perMs = perSecond / 1000;
    this.#start = clock.now();
  }

  /**
   * Waits until a message is due.
   *
   * @param most how many to take
   * @param signal ends the wait
   * @returns how many may be sent now: none if the wait was ended, otherwise at least one
   */
  async take(most: number, signal?: AbortSignal): Promise<number> {
    for (;;) {
      // The first message is due at the start.
      const due = Math.floor((this.#clock.now() - this.#start) * this.#perMs) + 1 - this.#taken;
      if (due >= 1 || this.#perMs === Number.POSITIVE_INFINITY) {
        const count = Number.isNaN(due) ? most : Math.min(due, most);
        this.#taken += count;
        return count;
      }
      const wait = Math.max(TOGETHER_MS, (1 - due) / this.#perMs);
      // Rejects if it is ended.
      await delay(wait, undefined, { signal }).catch(() => undefined);
      if (signal?.aborted) return 0;
    }
  }
}
