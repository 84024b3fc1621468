import { setTimeout as delay } from 'node:timers/promises';

/** Waits; throws the reason of `signal` if that is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
