import { checkProjectId, type parseFlags, UsageError } from 'iex-cli';
import { type BucketNames, defaultBucketNames } from './buckets.js';

/** The flags for a project, a region and the two buckets, of both bootstrap and deployment. */
export const PLACE_FLAGS = {
  project: { type: 'string' },
  region: { type: 'string', default: 'europe-west2' },
  'state-bucket': { type: 'string' },
  'code-bucket': { type: 'string' },
} as const;

/** https://cloud.google.com/storage/docs/buckets#naming, without dots, which are for domains. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/;

/** Where to deploy. */
export interface Place {
  project: string;
  region: string;
  buckets: BucketNames;
}

type PlaceFlags = ReturnType<typeof parseFlags<typeof PLACE_FLAGS>>['values'];

/**
 * Where to deploy, from the values of {@link PLACE_FLAGS}. The buckets are by default those that
 * bootstrap creates.
 *
 * @throws {UsageError} if a flag is missing or wrong
 */
export function placeOf({
  project,
  region,
  'state-bucket': state,
  'code-bucket': code,
}: PlaceFlags): Place {
  if (!project) throw new UsageError('--project P is missing');
  checkProjectId(project);
  checkRegion(region);
  const names = defaultBucketNames(project);
  const buckets = { state: state ?? names.state, code: code ?? names.code };
  for (const [kind, name] of Object.entries(buckets)) checkBucketName(`--${kind}-bucket`, name);
  // Users who may read or deploy the code must not need access to the state.
  if (buckets.state === buckets.code) {
    throw new UsageError('--state-bucket and --code-bucket must differ');
  }
  return { project, region, buckets };
}

/** @throws {UsageError} if it is not the name of a single region */
export function checkRegion(region: string): void {
  if (!/^[a-z]+-[a-z]+\d{1,2}$/.test(region)) {
    throw new UsageError(`'${region}' is not a valid region`);
  }
}

/**
 * @param flag that it was given with
 * @throws {UsageError} if it is not the name of a bucket
 */
export function checkBucketName(flag: string, name: string): void {
  if (!BUCKET_NAME.test(name)) {
    throw new UsageError(`${flag} takes the name of a bucket without gs://, not '${name}'`);
  }
}
