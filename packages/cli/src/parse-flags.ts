import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './errors.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads a command line by `node:util`'s rules.
 *
 * @param help how the usage is asked for, for the error's last words
 * @throws {UsageError} for an unknown flag, a flag without its value or too many arguments
 */
export function parseFlags<const T extends Options>(
  argv: readonly string[],
  options: T,
  { positionals = 0, help }: { positionals?: number; help: string },
) {
  try {
    const parsed = parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
    const extra = parsed.positionals[positionals];
    if (extra !== undefined) throw new UsageError(`unexpected argument '${extra}'`);
    return parsed;
  } catch (error) {
    const [message] = (error as Error).message.split(/\.? To specify|\n/);
    throw new UsageError(`${message} (see ${help})`, { cause: error });
  }
}
