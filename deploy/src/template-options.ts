import { checkProjectId, parseFlags, UsageError, userPath } from 'iex-cli';
import { minuteList } from 'iex-cli/flag-values';
import { LAYOUTS } from 'iex-contract';
import { resolutions as deployedResolutions } from 'iex-contract/infrastructure';
import type { TemplateSettings } from 'iex-dataflow/template';
import { checkBucketName, checkRegion } from './place.js';

/** The default of Terraform's variable `dataflow_machine_type`. */
export const DEFAULT_MACHINE_TYPE = 'e2-standard-2';

export const HELP = `Usage: npm run template -- --project P --region R --bucket B [options]

Writes the classic Dataflow templates, and all that they stage, to Cloud Storage with application default credentials.
Existing templates that were made from the same parts are not written again. Needs Java 17, Maven and Python 3.

  --project P          project of the subscriptions and tables
  --region R           region in which the jobs run
  --bucket B           code bucket: templates are gs://B/dataflow/templates/VERSION/iex-aggregate-N
  --resolutions 1,5    lengths of the windows in minutes (default: as in infrastructure/)
  --layout L           per_resolution: a template for each resolution (default); single: one with a branch for each
  --machine-type M     machine type of the workers, as in dataflow_machine_type (default: ${DEFAULT_MACHINE_TYPE})
  --output DIR         write below this folder instead, gs://B/OBJECT as DIR/B/OBJECT
  --output gs://B/F    write below this folder instead of gs://B/dataflow
  --worker-image I     image that has the workers' packages, made from dataflow/Dockerfile
  --help               show this text

The last line of standard output is JSON: {"version": "...", "templates": ["gs://..."]}. The version identifies the
content.`;

export interface TemplateOptions extends TemplateSettings {
  /** A folder of this machine that takes everything; undefined for Cloud Storage. */
  folder: string | undefined;
}

/**
 * Reads the command line of `npm run template`.
 *
 * @param args without the program's own name
 * @returns undefined if only help is wanted
 * @throws {UsageError}
 */
export function readTemplateOptions(args: readonly string[]): TemplateOptions | undefined {
  const { values } = parseFlags(args, {
    project: { type: 'string' },
    region: { type: 'string' },
    bucket: { type: 'string' },
    resolutions: { type: 'string' },
    layout: { type: 'string', default: 'per_resolution' },
    'machine-type': { type: 'string', default: DEFAULT_MACHINE_TYPE },
    output: { type: 'string' },
    'worker-image': { type: 'string' },
    help: { type: 'boolean' },
  });
  if (values.help) return undefined;
  const { project, region, bucket, output } = values;
  if (!project) throw new UsageError('--project P is missing: the project of the subscriptions');
  checkProjectId(project);
  if (!region) throw new UsageError('--region R is missing: the region in which the jobs run');
  checkRegion(region);
  if (!bucket) throw new UsageError('--bucket B is missing: the bucket for the templates');
  checkBucketName('--bucket', bucket);
  const layout = LAYOUTS.find((each) => each === values.layout);
  if (!layout) {
    throw new UsageError(`--layout takes ${LAYOUTS.join(' or ')}, not '${values.layout}'`);
  }
  return {
    project,
    region,
    layout,
    resolutions: values.resolutions
      ? minuteList('--resolutions', values.resolutions)
      : deployedResolutions,
    machineType: values['machine-type'],
    workerImage: values['worker-image'],
    ...readOutput(output, bucket),
  };
}

/** Where everything goes: in Cloud Storage, or below a folder of this machine. */
function readOutput(output: string | undefined, bucket: string) {
  if (!output?.startsWith('gs://')) {
    const folder = output ? userPath(output) : undefined;
    return { base: `gs://${bucket}/dataflow`, folder };
  }
  const [, given, path] = /^gs:\/\/([^/]+)\/?(.*?)\/?$/.exec(output) ?? [];
  if (!given) {
    throw new UsageError(`--output takes a folder or gs://BUCKET/FOLDER, not '${output}'`);
  }
  return { base: `gs://${given}/${path || 'dataflow'}`, folder: undefined };
}
