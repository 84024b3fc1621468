import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from 'iex-cli/clock';

/** How long to wait for more messages to become due, in ms, so that they go out together. */
const TOGETHER_MS = 20;

/**
 * Returns a function that waits until a message is due. The rate holds from the start to the end:
 * messages that were late are made up for. It gets the most messages to take and a signal that ends
 * the wait, and returns how many may be sent now: none if the wait was ended, otherwise at least one.
 *
 * @param perSecond the rate; without it, all messages are due at once
 */
export function paceOf(clock: Clock, perSecond = Number.POSITIVE_INFINITY) {
  const perMs = perSecond / 1000;
  const start = clock.now();
  let taken = 0;
  return async (most: number, signal?: AbortSignal): Promise<number> => {
    for (;;) {
      // The first message is due at the start.
      const due = Math.floor((clock.now() - start) * perMs) + 1 - taken;
      if (due >= 1 || perMs === Number.POSITIVE_INFINITY) {
        const count = Number.isNaN(due) ? most : Math.min(due, most);
        taken += count;
        return count;
      }
      const wait = Math.max(TOGETHER_MS, (1 - due) / perMs);
      // Rejects if it is ended.
      await delay(wait, undefined, { signal }).catch(() => undefined);
      if (signal?.aborted) return 0;
    }
  };
}
