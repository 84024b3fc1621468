/**
 * The command's sign of life in the folder that it shares with Flink's workers. A job that reads a
 * stream never ends by itself, so on a cluster it would outlive a command that was killed.
 */
import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How often the command gives a sign, in ms. */
export const SIGN_MS = 5000;

/** How long a job goes on without a sign, in ms. */
const ABANDONED_MS = 60_000;

const signFile = (folder: string) => join(folder, 'alive');

/** Gives a sign of life. */
export async function giveSign(folder: string): Promise<void> {
  await writeFile(signFile(folder), '');
}

/**
 * Returns a function that a worker calls regularly. It compares no two clocks, because the disk's
 * and this machine's may differ, and throws an error if the folder does not exist any more, or if no
 * sign has come for a minute.
 *
 * @param now a monotonic clock, in ms
 */
export function abandonmentCheck(now = () => performance.now()): (folder: string) => void {
  let last = { sign: Number.NaN, seen: 0 };
  return (folder) => {
    const sign = statSync(signFile(folder)).mtimeMs;
    if (sign !== last.sign) last = { sign, seen: now() };
    if (now() - last.seen > ABANDONED_MS)
      throw new Error('the command that started this job has given no sign of life for a minute');
  };
}
