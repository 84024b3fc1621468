/**
 * The service accounts of continuous deployment and their rights. Three, because three kinds of
 * code run: that of a pull request, which nobody has reviewed; that of the main branch; and what
 * somebody has approved.
 */
import { type BucketNames, PLAN_FOLDER } from '../buckets.js';

/** Which of the accounts a job of the workflow may act as. */
export const STAGES = ['preview', 'plan', 'apply'] as const;

export type Stage = (typeof STAGES)[number];

/** A role on some resource. */
export interface Grant {
  role: string;
  /** A condition in CEL, with its title. */
  condition?: { title: string; expression: string };
}

/** An account with its rights. */
export interface AccountPlan {
  /** The name before the `@`. */
  id: string;
  stage: Stage;
  displayName: string;
  /** Grants on the project. */
  project: readonly Grant[];
  /** Grants on the bucket of the state. */
  state: readonly Grant[];
  /** Grants on the bucket of the code. */
  code: readonly Grant[];
  /** Accounts of the deployed system that it may run parts as. */
  actsAs: readonly string[];
}

/**
 * The roles that infrastructure/iam.tf grants on the project. The account that applies may grant no
 * others: https://cloud.google.com/iam/docs/setting-limits-on-granting-roles
 */
export const GRANTABLE_ROLES = [
  'roles/dataflow.worker',
  'roles/logging.logWriter',
  'roles/storage.objectViewer',
];

/** The account that the workers of Dataflow jobs run as. */
export const DATAFLOW_ACCOUNT = 'iex-dataflow';

/** The accounts that infrastructure/iam.tf creates: parts run as them. */
export const RUNTIME_ACCOUNTS = [
  'iex-api',
  'iex-build',
  DATAFLOW_ACCOUNT,
  'iex-fan-out',
  'iex-push',
];

/** The object that Terraform's backend creates while it reads the state. */
const LOCK = 'iex-stream/default.tflock';

/** For reading everything that Terraform compares with, but no rows, messages or tokens. */
const READING = [
  'roles/artifactregistry.reader',
  'roles/bigquery.metadataViewer',
  'roles/browser',
  'roles/cloudfunctions.viewer',
  'roles/cloudscheduler.viewer',
  'roles/dataflow.viewer',
  // The roles that are granted on each resource.
  'roles/iam.securityReviewer',
  'roles/iam.serviceAccountViewer',
  'roles/monitoring.viewer',
  'roles/pubsub.viewer',
  'roles/run.viewer',
  'roles/secretmanager.viewer',
  // Also lets requests be billed to the project, as the provider asks.
  'roles/serviceusage.serviceUsageConsumer',
  'roles/storage.bucketViewer',
];

/** For changing everything that infrastructure/ creates. */
const CHANGING = [
  'roles/artifactregistry.admin',
  'roles/bigquery.dataOwner',
  'roles/cloudfunctions.admin',
  'roles/cloudscheduler.admin',
  'roles/compute.viewer',
  'roles/dataflow.admin',
  // Not serviceAccountAdmin, which could let anyone act as any account of the project. So these two
  // cannot change an account's display name.
  'roles/iam.serviceAccountCreator',
  'roles/iam.serviceAccountDeleter',
  'roles/monitoring.admin',
  'roles/pubsub.admin',
  'roles/run.admin',
  'roles/secretmanager.admin',
  'roles/serviceusage.serviceUsageAdmin',
  'roles/storage.bucketViewer',
];

const plainly = (roles: readonly string[]): Grant[] => roles.map((role) => ({ role }));

const onObjects = (role: string, title: string, bucket: string, prefix: string): Grant => ({
  role,
  condition: {
    title,
    expression: `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${prefix}")`,
  },
});

/** The accounts of a deployment. */
export function planAccounts(buckets: BucketNames): AccountPlan[] {
  const reading: Grant[] = [
    { role: 'roles/storage.objectViewer' },
    onObjects('roles/storage.objectUser', 'state-lock', buckets.state, LOCK),
  ];
  const roles = GRANTABLE_ROLES.map((role) => `'${role}'`).join(', ');
  return [
    {
      id: 'iex-ci-preview',
      stage: 'preview',
      displayName: 'CI: plans for pull requests',
      project: plainly(READING),
      state: reading,
      code: [],
      actsAs: [],
    },
    {
      id: 'iex-ci-plan',
      stage: 'plan',
      displayName: 'CI: uploads code and plans to be approved',
      project: plainly(READING),
      state: [
        ...reading,
        onObjects('roles/storage.objectCreator', 'saved-plans', buckets.state, PLAN_FOLDER),
      ],
      // It can add objects, but not replace what is deployed or approved.
      code: plainly(['roles/storage.objectViewer', 'roles/storage.objectCreator']),
      actsAs: [],
    },
    {
      id: 'iex-ci-apply',
      stage: 'apply',
      displayName: 'CI: applies approved plans',
      project: [
        ...plainly(CHANGING),
        {
          role: 'roles/resourcemanager.projectIamAdmin',
          condition: {
            title: 'iex-stream roles only',
            expression: `api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${roles}])`,
          },
        },
      ],
      state: plainly(['roles/storage.objectUser']),
      // Terraform grants the workers their roles on it.
      code: plainly(['roles/storage.admin']),
      actsAs: RUNTIME_ACCOUNTS,
    },
  ];
}
