import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { deployedResolutions } from './infrastructure';
import { LAYOUTS, type Layout } from './jobs';

export const HELP = `Usage: npm run template -- --project P --region R --bucket B [options]

Writes the classic Dataflow templates, and all that they stage, to Cloud Storage with application default credentials.
Templates that are there already, made from the same parts, are left alone. Needs Java 17, Maven and Python 3.

  --project P          the project of subscriptions and tables
  --region R           where the jobs run
  --bucket B           the code bucket: templates are gs://B/dataflow/templates/iex-aggregate-N
  --resolutions 1,5    lengths of the windows in minutes (default: as in infrastructure/)
  --layout L           per_resolution: a template for each resolution (default); single: one with a branch for each
  --output DIR         write below this folder instead, gs://B/OBJECT as DIR/B/OBJECT
  --output gs://B/F    write below this folder instead of gs://B/dataflow
  --worker-image I     an image that has the workers' packages, made from dataflow/Dockerfile
  --help               this text

The last line of standard output is JSON: {"version": "...", "templates": ["gs://..."]}. A version tells the content.`;

/** A mistake in the call. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export interface TemplateOptions {
  project: string;
  region: string;
  layout: Layout;
  resolutions: readonly number[];
  /** A folder of this machine that takes everything; undefined for Cloud Storage. */
  folder: string | undefined;
  /** gs://BUCKET/FOLDER */
  base: string;
  workerImage: string | undefined;
}

/**
 * Reads the command line.
 *
 * @returns undefined where only help is wanted
 * @throws {UsageError} for a mistake, which the message says
 */
export function readOptions(argv: readonly string[]): TemplateOptions | undefined {
  const values = parse(argv);
  if (values.help) return undefined;
  const { project, region, bucket, output } = values;
  if (!project) throw usage('--project P is missing: whose subscriptions and tables shall it be?');
  if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(project)) throw usage(`'${project}' is no project id`);
  if (!region) throw usage('--region R is missing: where shall the jobs run?');
  if (!/^[a-z]+-[a-z]+\d{1,2}$/.test(region)) throw usage(`'${region}' is no region`);
  if (!bucket) throw usage('--bucket B is missing: where shall the templates lie?');
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
    resolutions: values.resolutions ? readResolutions(values.resolutions) : deployedResolutions(),
    base: `gs://${given ?? bucket}/${path || 'dataflow'}`,
    // npm runs scripts in the package's folder; a relative path is meant from where the user stands.
    folder: output && !isCloud ? resolve(process.env.INIT_CWD ?? '.', output) : undefined,
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

/** Minutes, as whole numbers that differ, the least first. */
function readResolutions(text: string): number[] {
  const minutes = text.split(',').map(Number);
  const isRight = minutes.every((each) => Number.isInteger(each) && each >= 1 && each <= 1440);
  if (!isRight || new Set(minutes).size < minutes.length) {
    throw usage(`--resolutions takes minutes such as 1,5,15, not '${text}'`);
  }
  return minutes.sort((a, b) => a - b);
}
