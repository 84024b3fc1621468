import { spawnSync } from 'node:child_process';

/**
 * Which of these commands this machine lacks, for the reason of a skipped test; undefined if it has
 * all.
 */
export function missingTools(...commands: readonly string[]): string | undefined {
  const missing = commands.filter((command) => spawnSync(command, ['--version']).error);
  return missing.length > 0 ? `this machine has no ${missing.join(', ')}` : undefined;
}
