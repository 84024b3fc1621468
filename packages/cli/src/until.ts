import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** How often to check, in ms; 25 unless given. */
  pollMs?: number;
  /** In ms; without it the wait has no end of its own. */
  timeoutMs?: number;
  /** Ends the wait. */
  signal?: AbortSignal;
}

/**
 * Waits until a condition holds.
 *
 * @returns false if the time is over or the signal is aborted before it holds
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { pollMs = 25, timeoutMs = Number.POSITIVE_INFINITY, signal }: UntilOptions = {},
): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (signal?.aborted || performance.now() > end) return false;
    await delay(pollMs);
  }
  return true;
}
