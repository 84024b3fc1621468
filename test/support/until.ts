import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition, and fails when it has not come true in time. */
export async function untilTrue(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not true after ${timeoutMs} ms: ${condition}`);
    await delay(20);
  }
}
