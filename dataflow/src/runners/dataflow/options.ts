import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LAYOUTS } from 'iex-contract';
import { resolutions as deployedResolutions } from 'iex-contract/infrastructure';
import type { TemplateSettings } from './template-options';

/** The default of Terraform's variable `dataflow_machine_type`. */
export const DEFAULT_MACHINE_TYPE = 'e2-standard-2';

export const HELP = `Usage: npm run template -- --project P --region R --bucket B [options]

Writes the classic Dataflow templates, and all files that they refer to, to Cloud Storage with application default
credentials. Templates that are there already are left alone. Needs Java 17, Maven and Python 3.

  --project P          project of the subscriptions and tables
  --region R           region of the jobs
  --bucket B           code bucket: the templates are gs://B/dataflow/templates/VERSION/iex-aggregate-N
  --resolutions 1,5    window lengths in minutes (default: as in infrastructure/)
  --layout L           per_resolution: one template for each resolution (default); single: one with a branch for each
  --machine-type M     machine type of the workers, as in dataflow_machine_type (default: ${DEFAULT_MACHINE_TYPE})
  --output DIR         write to this folder instead: gs://B/OBJECT as DIR/B/OBJECT
  --output gs://B/F    write to this folder instead of gs://B/dataflow
  --worker-image I     container image with the worker package, built from dataflow/Dockerfile
  --help               print this text

The last line of standard output is JSON: {"version": "...", "templates": ["gs://..."]}. The version identifies the
content.`;

/** A mistake in the command line; exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export interface TemplateOptions extends TemplateSettings {
  /** A local folder that takes all files; undefined for Cloud Storage. */
  folder: string | undefined;
}

/**
 * Reads the command line.
 *
 * @returns undefined if only help is wanted
 * @throws {UsageError} whose message says what is wrong
 */
export function readOptions(argv: readonly string[]): TemplateOptions | undefined {
  const values = parse(argv);
  if (values.help) return undefined;
  const { project, region, bucket, output } = values;
  if (!project) throw usage('--project P is missing');
  if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(project))
    throw usage(`'${project}' is not a valid project ID`);
  if (!region) throw usage('--region R is missing');
  if (!/^[a-z]+-[a-z]+\d{1,2}$/.test(region)) throw usage(`'${region}' is not a valid region`);
  if (!bucket) throw usage('--bucket B is missing');
  if (!/^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw usage(`--bucket takes a bucket's name without gs://, not '${bucket}'`);
  }
  const layout = LAYOUTS.find((each) => each === values.layout);
  if (!layout) throw usage(`--layout takes ${LAYOUTS.join(' or ')}, not '${values.layout}'`);

  const isCloud = output?.startsWith('gs://') ?? false;
  const [, given, path] = /^gs:\/\/([^/]+)\/?(.*?)\/?$/.exec(output ?? '') ?? [];
  if (isCloud && !given)
    throw usage(`--output takes a folder or gs://BUCKET/FOLDER, not '${output}'`);
  return {
    project,
    region,
    layout,
    resolutions: values.resolutions ? readResolutions(values.resolutions) : deployedResolutions,
    base: `gs://${given ?? bucket}/${path || 'dataflow'}`,
    // npm runs scripts in the package's folder; a relative path is relative to the user's folder.
    folder: output && !isCloud ? resolve(process.env.INIT_CWD ?? '.', output) : undefined,
    machineType: values['machine-type'],
    workerImage: values['worker-image'],
  };
}

const usage = (message: string) => new UsageError(`${message} (see npm run template -- --help)`);

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        project: { type: 'string' },
        region: { type: 'string' },
        bucket: { type: 'string' },
        resolutions: { type: 'string' },
        layout: { type: 'string', default: 'per_resolution' },
        'machine-type': { type: 'string', default: DEFAULT_MACHINE_TYPE },
        output: { type: 'string' },
        'worker-image': { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    const [message] = (error as Error).message.split(/\.? To specify|\n/);
    throw usage(message ?? '');
  }
}

/** Distinct whole minutes in ascending order. */
function readResolutions(text: string): number[] {
  const minutes = text.split(',').map(Number);
  const isRight = minutes.every((each) => Number.isInteger(each) && each >= 1 && each <= 1440);
  if (!isRight || new Set(minutes).size < minutes.length) {
    throw usage(`--resolutions takes minutes such as 1,5,15, not '${text}'`);
  }
  return minutes.sort((a, b) => a - b);
}
