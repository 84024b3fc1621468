import { findObject } from '../bootstrap/objects.mjs';
import { run } from './command.mjs';
import { DeployError } from './errors.mjs';
import { untilAborted } from './together.mjs';

/**
 * What a template is for.
 *
 * @typedef {object} TemplateOptions
 * @property {string} project
 * @property {string} region
 * @property {string} bucket for the code
 * @property {import('./terraform.mjs').Settings['dataflow_layout']} layout
 * @property {readonly number[]} resolutions in minutes
 * @property {string | undefined} workerImage
 */

/**
 * Builds the templates and uploads them, by `npm run template`.
 *
 * @param {TemplateOptions} options
 * @param {string} root of the repository
 * @param {import('./steps.mjs').Step} step
 * @param {AbortSignal} signal
 * @returns {Promise<string>} what tells the templates' content, for `dataflow_template_version`
 */
export async function deployTemplates(options, root, step, signal) {
  const { project, region, bucket, layout, resolutions, workerImage } = options;
  step.say('building');
  await run(['npm', 'run', '--silent', 'build', '--workspace=dataflow'], {
    name: 'npm run build',
    cwd: root,
    signal,
  });
  const flags = {
    project,
    region,
    bucket,
    resolutions: resolutions.join(','),
    layout,
    ...(workerImage && { 'worker-image': workerImage }),
  };
  const { stdout } = await run(
    [
      // What goes before it is built already, and the functions' build must not be done twice at the same time.
      ...['npm', 'run', '--silent', '--ignore-scripts', 'template', '--'],
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    { name: 'npm run template', cwd: root, signal, onLine: step.say },
  );
  const version = versionIn(stdout);
  step.done(`version ${version} in gs://${bucket}/${FOLDER}`);
  return version;
}

/** The last line that the command prints is for programs. */
function versionIn(stdout) {
  try {
    const version = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')?.version;
    if (typeof version === 'string' && version) return version;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new DeployError('npm run template ended without telling the version of the templates');
}

const FOLDER = 'dataflow/templates';

/** The objects of the templates, named as the jobs of infrastructure/dataflow.tf. */
const templateNames = ({ layout, resolutions }) =>
  layout === 'single'
    ? [`${FOLDER}/iex-aggregate`]
    : resolutions.map((minutes) => `${FOLDER}/iex-aggregate-${minutes}`);

/**
 * The version of the templates that are there, from the metadata that they were uploaded with.
 *
 * @param {import('@google-cloud/storage').Storage} storage
 * @param {TemplateOptions} options
 * @param {import('./steps.mjs').Step} step
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
 * @throws {DeployError} where one is missing, or they are not of one version
 */
export async function findTemplates(storage, options, step, signal) {
  step.say('looking for those that are there');
  const { bucket } = options;
  const found = await untilAborted(
    signal,
    Promise.all(
      templateNames(options).map(async (name) => {
        const version = (await findObject(storage, bucket, name))?.metadata?.version;
        if (version) return version;
        throw new DeployError(
          `gs://${bucket}/${name} is not there, or tells no version: deploy without --skip-templates`,
        );
      }),
    ),
  );
  const [version, ...others] = new Set(found);
  if (others.length > 0) {
    throw new DeployError(
      `the templates in gs://${bucket}/${FOLDER} are of several versions (${[version, ...others].join(', ')}): deploy without --skip-templates`,
    );
  }
  step.done(`kept: version ${version} in gs://${bucket}/${FOLDER}`);
  return version;
}
