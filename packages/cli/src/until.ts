import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** How often to check, in ms; 25 unless given. */
  pollMs?: number;
  /** In ms; without it the wait has no time limit. */
  timeoutMs?: number;
  /** Ends the wait. */
  signal?: AbortSignal;
}

/**
 * Waits until a condition holds.
 *
 * @returns false if the time is up or the signal is aborted before the condition holds
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
