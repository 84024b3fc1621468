import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PLACE_OPTIONS, placeOf, usageProblem } from '../bootstrap/options.mjs';
import { UsageError } from './errors.mjs';

export const HELP = `Usage: node deploy.mjs --project P [options]

Builds and uploads the functions and the Dataflow templates, shows what Terraform would change, asks, and changes
exactly that. The buckets must be there: node bootstrap/bootstrap.mjs --project P makes them.

  --project P        the project to deploy to
  --region R         where everything lies (default europe-west2)
  --var-file F       a file of Terraform variables; more than one, the later first
  --plan-only        show what would change, and change nothing
  --yes              ask nothing
  --skip-templates   keep the Dataflow templates that are there; needs no Java, Maven or Python
  --worker-image I   container image of the Dataflow workers' steps, in the place of the SDK's
  --destroy          show what would be destroyed, ask for the project's name, and destroy it
  --state-bucket B   bucket of Terraform's state (default P-iex-stream-state)
  --code-bucket B    bucket of the code (default P-iex-stream-code)
  --help             this text

Exit code: 0 where all is as wished, 1 where not, 2 for a mistake in the call, 130 on Ctrl-C. One Ctrl-C ends in order
and waits for Terraform, which gives up its lock; a second one kills it.`;

/**
 * @typedef {import('../bootstrap/options.mjs').Place & {
 *   varFiles: string[],
 *   planOnly: boolean,
 *   yes: boolean,
 *   skipTemplates: boolean,
 *   workerImage: string | undefined,
 *   destroy: boolean,
 * }} Options `varFiles` are absolute paths
 */

/**
 * @param {string[]} args without the program's own name
 * @returns {Options | undefined} undefined where help is asked for
 * @throws {UsageError}
 */
export function readOptions(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        ...PLACE_OPTIONS,
        'var-file': { type: 'string', multiple: true, default: [] },
        'plan-only': { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
        'skip-templates': { type: 'boolean', default: false },
        'worker-image': { type: 'string' },
        destroy: { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    });
    if (values.help) return undefined;
    return {
      ...placeOf(values),
      varFiles: values['var-file'].map((file) => resolve(file)),
      planOnly: values['plan-only'],
      yes: values.yes,
      skipTemplates: values['skip-templates'],
      workerImage: values['worker-image'],
      destroy: values.destroy,
    };
  } catch (error) {
    throw new UsageError(usageProblem(error), { cause: error });
  }
}
