import { until } from 'iex-cli/until';

/** Waits for a condition, and fails if it does not hold in time. */
export async function untilTrue(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  if (!(await until(condition, { pollMs: 20, timeoutMs }))) {
    throw new Error(`not true after ${timeoutMs} ms: ${condition}`);
  }
}
