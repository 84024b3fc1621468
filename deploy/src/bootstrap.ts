import { parseFlags } from 'iex-cli';
import { checkRepositoryName } from './github/repository.js';
import { PLACE_FLAGS, type Place, placeOf } from './place.js';

export interface BootstrapOptions extends Place {
  /** OWNER/REPO of the repository whose workflow may deploy. */
  github: string | undefined;
}

/**
 * Reads the command line of bootstrap.mjs.
 *
 * @param args without the program's own name
 * @returns undefined if only help is wanted
 * @throws {UsageError}
 */
export function readBootstrapOptions(args: readonly string[]): BootstrapOptions | undefined {
  const flags = { ...PLACE_FLAGS, github: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { values } = parseFlags(args, flags);
  if (values.help) return undefined;
  if (values.github !== undefined) checkRepositoryName(values.github);
  return { ...placeOf(values), github: values.github };
}
