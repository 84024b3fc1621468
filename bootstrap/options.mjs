/** The flags that name a project, a region and the two buckets, as bootstrap and deployment share them. */
import { defaultBucketNames } from './buckets.mjs';

/**
 * For `parseArgs` of `node:util`.
 *
 * @satisfies {import('node:util').ParseArgsConfig['options']}
 */
export const PLACE_OPTIONS = {
  project: { type: 'string' },
  region: { type: 'string', default: 'europe-west2' },
  'state-bucket': { type: 'string' },
  'code-bucket': { type: 'string' },
};

/** https://cloud.google.com/storage/docs/buckets#naming, without dots, which are for domains. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/;

/**
 * @typedef {object} Place
 * @property {string} project
 * @property {string} region
 * @property {{state: string, code: string}} buckets their names
 */

/**
 * Where to work, from the flags; the buckets are those that bootstrap makes by default.
 *
 * @param {{project?: string, region: string, 'state-bucket'?: string, 'code-bucket'?: string}} flags
 * @returns {Place}
 * @throws {TypeError} where a flag is missing or wrong
 */
export function placeOf({ project, region, 'state-bucket': state, 'code-bucket': code }) {
  if (!project) throw new TypeError('--project P is missing');
  const names = defaultBucketNames(project);
  const buckets = { state: state ?? names.state, code: code ?? names.code };
  const problem = problemOf(project, region, buckets);
  if (problem) throw new TypeError(problem);
  return { project, region, buckets };
}

/** What is wrong with the flags, as the infrastructure's variables have it. */
function problemOf(project, region, buckets) {
  if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(project)) return `'${project}' is no project id`;
  if (!/^[a-z]+-[a-z]+\d{1,2}$/.test(region)) return `'${region}' is no region`;
  for (const [kind, name] of Object.entries(buckets)) {
    if (!BUCKET_NAME.test(name)) {
      return `--${kind}-bucket takes a bucket's name without gs://, not '${name}'`;
    }
  }
  // Who may read the code, or deploy it, need not see the state.
  if (buckets.state === buckets.code) return 'the buckets must be two';
  return undefined;
}

/** What `parseArgs`, or a check of ours, has against the flags, in a line. */
export function usageProblem(error) {
  const [message] = error.message.split(/\.? To specify|\n/);
  return `${message} (see --help)`;
}
