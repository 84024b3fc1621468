/**
 * The two buckets that Terraform cannot make for itself: one for its state, one for the code that
 * it deploys.
 */
import { Storage } from '@google-cloud/storage';

const DAY_SECONDS = 24 * 60 * 60;

/**
 * What a bucket must be like.
 *
 * @typedef {object} BucketPlan
 * @property {string} name
 * @property {string} purpose for a person to read
 * @property {string} region
 * @property {boolean} versioned keeps what an object was before it was overwritten
 */

/** Thrown for what a person can cure; the message says how. */
export class BucketError extends Error {
  name = 'BucketError';
}

/**
 * The names that are used unless others are asked for. Bucket names are global, so that they begin
 * with the project's, which is too.
 */
export const defaultBucketNames = (project) => ({
  state: `${project}-iex-stream-state`,
  code: `${project}-iex-stream-code`,
});

/** @returns {BucketPlan[]} */
export const planBuckets = (names, region) => [
  { name: names.state, purpose: "Terraform's state", region, versioned: true },
  // Its objects are named by their content, or can be built again.
  { name: names.code, purpose: 'code to deploy', region, versioned: false },
];

/**
 * Of the versions that an object had, the last ten are kept, and every one for a month.
 * See https://cloud.google.com/storage/docs/lifecycle: both conditions must hold to delete.
 */
const OLD_VERSIONS = {
  action: { type: 'Delete' },
  condition: { daysSinceNoncurrentTime: 30, numNewerVersions: 10 },
};

/** A bucket as it is made: the API's own fields. */
const newBucket = ({ region, versioned }) => ({
  location: region.toUpperCase(),
  storageClass: 'STANDARD',
  iamConfiguration: {
    uniformBucketLevelAccess: { enabled: true },
    publicAccessPrevention: 'enforced',
  },
  softDeletePolicy: { retentionDurationSeconds: 7 * DAY_SECONDS },
  ...(versioned && { versioning: { enabled: true }, lifecycle: { rule: [OLD_VERSIONS] } }),
});

/**
 * In what an existing bucket differs from the plan, each with the command that mends it where there
 * is one.
 *
 * @param {object} found the bucket's metadata
 * @param {BucketPlan} plan
 * @returns {string[]}
 */
export function differences(found, plan) {
  const update = `gcloud storage buckets update gs://${plan.name}`;
  const access = found.iamConfiguration ?? {};
  const checks = [
    [
      found.location?.toLowerCase() === plan.region,
      `lies in ${found.location?.toLowerCase()}, not in ${plan.region}; a bucket cannot move: choose another name`,
    ],
    [
      access.uniformBucketLevelAccess?.enabled === true,
      `has access lists on single objects: ${update} --uniform-bucket-level-access`,
    ],
    [
      access.publicAccessPrevention === 'enforced',
      `may be opened to the public: ${update} --public-access-prevention`,
    ],
    [
      !plan.versioned || found.versioning?.enabled === true,
      `keeps no old versions: ${update} --versioning`,
    ],
    [
      !plan.versioned || deletesOldVersions(found.lifecycle?.rule),
      `keeps old versions for ever: ${update} --lifecycle-file=FILE, where FILE holds ${JSON.stringify({ rule: [OLD_VERSIONS] })}`,
    ],
  ];
  return checks.filter(([isAsPlanned]) => !isAsPlanned).map(([, difference]) => difference);
}

/** Whether some rule bounds what is kept, whatever its numbers. */
const deletesOldVersions = (rules = []) =>
  rules.some(
    ({ action, condition }) =>
      action?.type === 'Delete' &&
      (condition?.daysSinceNoncurrentTime > 0 || condition?.numNewerVersions > 0),
  );

/**
 * Makes the bucket where the project has none of its name; one that is there is left as it is.
 *
 * @param {Storage} storage
 * @param {BucketPlan} plan
 * @returns {Promise<{created: boolean, differences: string[]}>}
 * @throws {BucketError} where the name belongs to another project, or a right is missing
 */
export async function ensureBucket(storage, plan) {
  const found = await findBucket(storage, plan.name);
  if (found) return { created: false, differences: differences(found, plan) };
  try {
    await storage.createBucket(plan.name, newBucket(plan));
  } catch (error) {
    if (error.code !== 409) throw explained(error, storage, plan.name);
    // Somebody was faster: another run of this, or another project.
    const other = await findBucket(storage, plan.name);
    if (other) return { created: false, differences: differences(other, plan) };
    throw new BucketError(
      `gs://${plan.name} belongs to another project: names of buckets are global, choose another`,
      { cause: error },
    );
  }
  return { created: true, differences: [] };
}

/**
 * Looks among the project's own buckets. To ask for the name alone would find a stranger's too,
 * who could have made it to receive what is meant for us.
 *
 * @param {Storage} storage
 * @param {string} name
 * @returns {Promise<object | undefined>} its metadata
 * @throws {BucketError} where a right is missing
 */
export async function findBucket(storage, name) {
  try {
    const [buckets] = await storage.getBuckets({ prefix: name });
    return buckets.find((bucket) => bucket.name === name)?.metadata;
  } catch (error) {
    throw explained(error, storage, name);
  }
}

/** What the API's errors mean here. */
function explained(error, { projectId }, name) {
  if (error.code === 403) {
    return new BucketError(
      `no right to list and create buckets in ${projectId}: roles/storage.admin has it (${error.message})`,
      { cause: error },
    );
  }
  return new BucketError(`gs://${name}: ${error.message}`, { cause: error });
}

/**
 * A client of Cloud Storage for a project, with application default credentials;
 * `STORAGE_EMULATOR_HOST` names another than Google's, which asks for none.
 *
 * @throws {BucketError} where there are no credentials
 */
export async function openStorage(project) {
  const storage = new Storage({ projectId: project });
  if (process.env.STORAGE_EMULATOR_HOST) return storage;
  // The search for credentials would wait seconds for an address that only Google's machines have; they
  // are known by their firmware too.
  process.env.METADATA_SERVER_DETECTION ??= 'bios-only';
  try {
    // Without them the client would ask all the same, and wait to be refused.
    await storage.authClient.getClient();
  } catch (error) {
    throw new BucketError(
      'no application default credentials: run gcloud auth application-default login',
      { cause: error },
    );
  }
  return storage;
}
