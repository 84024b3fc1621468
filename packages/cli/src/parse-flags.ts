import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './errors.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads a command line by the rules of `parseArgs` of `node:util`.
 *
 * @param args without the program's own name
 * @param options the flags, as `parseArgs` takes them
 * @param positionals how many arguments without a flag may be given, 0 by default
 * @throws {UsageError} for an unknown flag, a flag without its value or too many arguments
 */
export function parseFlags<const T extends Options>(
  args: readonly string[],
  options: T,
  positionals = 0,
) {
  try {
    const parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    const extra = parsed.positionals[positionals];
    if (extra !== undefined) throw new UsageError(`unexpected argument '${extra}'`);
    return parsed;
  } catch (error) {
    // The rest explains how to pass an argument that looks like a flag, which no command here
    // takes.
    const [message = ''] = (error as Error).message.split(/\.? To specify|\n/);
    throw new UsageError(message, { cause: error });
  }
}
