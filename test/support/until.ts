import { until } from 'iex-cli/until';

/**
 * Waits for a condition, and fails if it does not hold in time.
 *
 * @param timeoutMs long, for machines that do much else at the same time
 */
export async function untilTrue(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 50_000,
): Promise<void> {
  if (!(await until(condition, { pollMs: 20, timeoutMs }))) {
    throw new Error(`not true after ${timeoutMs} ms: ${condition}`);
  }
}
