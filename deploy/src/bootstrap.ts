import { parseFlags } from 'iex-cli';
import { PLACE_FLAGS, type Place, placeOf } from './place.js';

/**
 * Reads the command line of bootstrap.mjs.
 *
 * @param args without the program's own name
 * @returns undefined if only help is wanted
 * @throws {UsageError}
 */
export function readBootstrapOptions(args: readonly string[]): Place | undefined {
  const { values } = parseFlags(args, { ...PLACE_FLAGS, help: { type: 'boolean' } });
  return values.help ? undefined : placeOf(values);
}
