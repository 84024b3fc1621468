import type { BucketMetadata, Storage } from '@google-cloud/storage';
import { OperationalError } from 'iex-cli';
import { statusOf, storageError } from './objects.js';

const DAY_SECONDS = 24 * 60 * 60;

/** How a bucket must be set up. */
export interface BucketPlan {
  name: string;
  /** For messages. */
  purpose: string;
  region: string;
  /** Whether it keeps old versions of objects. */
  versioned: boolean;
}

/** The names of the two buckets: of Terraform's state, and of the code. */
export interface BucketNames {
  state: string;
  code: string;
}

/** The default names. Names of buckets are global, and so is the project's ID in them. */
export const defaultBucketNames = (project: string): BucketNames => ({
  state: `${project}-iex-stream-state`,
  code: `${project}-iex-stream-code`,
});

/** The two buckets that must exist before Terraform can run. */
export const planBuckets = (names: BucketNames, region: string): BucketPlan[] => [
  { name: names.state, purpose: "Terraform's state", region, versioned: true },
  // Its objects are named by their content, or can be built again.
  { name: names.code, purpose: 'code to deploy', region, versioned: false },
];

/**
 * The last ten old versions of an object are kept, and all of the last month.
 * See https://cloud.google.com/storage/docs/lifecycle: both conditions must hold for a deletion.
 */
const OLD_VERSIONS = {
  action: { type: 'Delete' as const },
  condition: { daysSinceNoncurrentTime: 30, numNewerVersions: 10 },
};

/** The folder of saved plans in the bucket of the state. */
export const PLAN_FOLDER = 'plans/';

/**
 * A saved plan that nobody has applied for a month is stale. The bucket keeps old versions, so the
 * version that a deletion leaves needs a rule of its own.
 */
const OLD_PLANS = [{ age: 30 }, { daysSinceNoncurrentTime: 1 }].map((condition) => ({
  action: { type: 'Delete' as const },
  condition: { ...condition, matchesPrefix: [PLAN_FOLDER] },
}));

/** The fields that a bucket is created with, as the API has them. */
const newBucket = ({ region, versioned }: BucketPlan) => ({
  location: region.toUpperCase(),
  storageClass: 'STANDARD',
  iamConfiguration: {
    uniformBucketLevelAccess: { enabled: true },
    publicAccessPrevention: 'enforced',
  },
  softDeletePolicy: { retentionDurationSeconds: 7 * DAY_SECONDS },
  ...(versioned && {
    versioning: { enabled: true },
    lifecycle: { rule: [OLD_VERSIONS, ...OLD_PLANS] },
  }),
});

/** How an existing bucket differs from the plan, with the command that fixes it if there is one. */
export function differences(found: BucketMetadata, plan: BucketPlan): string[] {
  const update = `gcloud storage buckets update gs://${plan.name}`;
  const location = found.location?.toLowerCase();
  const access = found.iamConfiguration;
  const checks: [isAsPlanned: boolean, difference: string][] = [
    [
      location === plan.region,
      `is in ${location}, not in ${plan.region}; a bucket cannot move: choose another name`,
    ],
    [
      access?.uniformBucketLevelAccess?.enabled === true,
      `has access lists on single objects: ${update} --uniform-bucket-level-access`,
    ],
    [
      access?.publicAccessPrevention === 'enforced',
      `can be opened to the public: ${update} --public-access-prevention`,
    ],
    [
      !plan.versioned || found.versioning?.enabled === true,
      `keeps no old versions: ${update} --versioning`,
    ],
    [
      !plan.versioned || deletesOldVersions(found),
      `keeps old versions forever: ${update} --lifecycle-file=FILE, with this in FILE: ${JSON.stringify({ rule: [OLD_VERSIONS] })}`,
    ],
  ];
  return checks.filter(([isAsPlanned]) => !isAsPlanned).map(([, difference]) => difference);
}

/** Whether any rule limits how long old versions are kept, however long. */
const deletesOldVersions = ({ lifecycle }: BucketMetadata) =>
  (lifecycle?.rule ?? []).some(
    ({ action, condition }) =>
      action?.type === 'Delete' &&
      ((condition?.daysSinceNoncurrentTime ?? 0) > 0 || (condition?.numNewerVersions ?? 0) > 0),
  );

/**
 * Creates the bucket if the project has none of that name; an existing one is left as it is.
 *
 * @throws {OperationalError} if the name belongs to another project, or a permission is missing
 */
export async function ensureBucket(
  storage: Storage,
  plan: BucketPlan,
): Promise<{ created: boolean; differences: string[] }> {
  const found = await findBucket(storage, plan.name);
  if (found) return { created: false, differences: differences(found, plan) };
  try {
    await storage.createBucket(plan.name, newBucket(plan));
  } catch (error) {
    if (statusOf(error) !== 409) throw explained(error, storage, plan.name);
    // The name has been taken since: by another run of this command, or by another project.
    const other = await findBucket(storage, plan.name);
    if (other) return { created: false, differences: differences(other, plan) };
    throw new OperationalError(
      `gs://${plan.name} belongs to another project: names of buckets are global, choose another`,
      { cause: error },
    );
  }
  return { created: true, differences: [] };
}

/**
 * Finds a bucket among the project's own. A request for the name alone would also find another
 * project's, which somebody could have created to receive what is meant for this project.
 *
 * @throws {OperationalError} if a permission is missing
 */
export async function findBucket(
  storage: Storage,
  name: string,
): Promise<BucketMetadata | undefined> {
  try {
    const [buckets] = await storage.getBuckets({ prefix: name });
    return buckets.find((bucket) => bucket.name === name)?.metadata;
  } catch (error) {
    throw explained(error, storage, name);
  }
}

const explained = (error: unknown, { projectId }: Storage, name: string) =>
  storageError(error, `list and create buckets in ${projectId}`, `gs://${name}`);
