import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Which of these commands this machine lacks, for the reason of a skipped test; undefined if it has
 * all. Starts none of them, because some take long to say their version.
 */
export function missingTools(...commands: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const missing = commands.filter(
    (command) => !folders.some((folder) => existsSync(join(folder, command))),
  );
  return missing.length > 0 ? `this machine has no ${missing.join(', ')}` : undefined;
}
