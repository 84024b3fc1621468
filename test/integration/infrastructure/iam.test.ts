import { expect } from 'chai';
import { GRANTABLE_ROLES, planAccounts, RUNTIME_ACCOUNTS } from 'iex-deploy/src/github/accounts';
import { appliedSystems } from './applied.js';
import { fedTopicsOf, hasJobs, hasTicks, jobsOf } from './specification/names.js';
import { CASES, type Settings, settingsOf } from './specification/settings.js';
import type { Resource } from './terraform.js';

/** Types of resources that grant a role, with the attributes that identify what the role is on. */
const GRANTS: Record<string, readonly string[]> = {
  google_artifact_registry_repository_iam_member: ['repository'],
  google_bigquery_dataset_iam_member: ['dataset_id'],
  google_bigquery_table_iam_member: ['dataset_id', 'table_id'],
  google_cloud_run_v2_service_iam_member: ['name'],
  google_project_iam_member: ['project'],
  google_pubsub_subscription_iam_member: ['subscription'],
  google_pubsub_topic_iam_member: ['topic'],
  google_secret_manager_secret_iam_member: ['secret_id'],
  google_storage_bucket_iam_member: ['bucket'],
};

/** Other types that could grant one: whole policies, access lists, keys. */
const GIVES_RIGHTS = /iam|_acl$|access_control|dataset_access$|service_account_key/;

/** All roles that may be granted. A new one fails the test until it is listed here. */
const rolesOf = (settings: Settings): string[] => [
  ...commonRoles(settings),
  ...(fedTopicsOf(settings).includes('iex-fan-out') ? FAN_OUT : []),
  ...(hasJobs(settings) ? rolesOfWorkers(settings) : []),
  ...(hasTicks(settings) ? TICKS : []),
  ...settings.readers.map((reader) => `${reader}: bigquery.dataViewer on bigquery_dataset iex`),
];

const commonRoles = ({ project_id: project }: Settings) => [
  // The functions publish to the next topic, and iex-api reads the token.
  'iex-api: pubsub.publisher on topic iex-aggregate',
  'iex-api: secretmanager.secretAccessor on secret_manager_secret iex-quote-api-token',
  // Pub/Sub pushes to the functions, and moves failed messages to the dead-letter topics.
  'iex-push: run.invoker on cloud_run_v2_service iex-api',
  'pubsub service agent: pubsub.subscriber on subscription iex-ingest',
  'pubsub service agent: pubsub.publisher on topic iex-ingest-dead-letter',
  // The functions' build reads the copy of the source, and writes images and logs.
  'iex-build: artifactregistry.writer on artifact_registry_repository iex-functions',
  `iex-build: logging.logWriter on project ${project}`,
  `iex-build: storage.objectViewer on project ${project}` +
    ' if resource.name.startsWith("projects/_/buckets/gcf-v2-sources-123456789012-")',
];

const rolesOfWorkers = (settings: Settings) => [
  // Dataflow workers read their subscriptions and write the two tables.
  `iex-dataflow: dataflow.worker on project ${settings.project_id}`,
  'iex-dataflow: bigquery.dataEditor on bigquery_table iex.dead_letter',
  'iex-dataflow: bigquery.dataEditor on bigquery_table iex.quote',
  `iex-dataflow: storage.objectViewer on storage_bucket ${settings.code_bucket}`,
  `iex-dataflow: storage.objectAdmin on storage_bucket ${settings.code_bucket}` +
    ` if resource.name.startsWith("projects/_/buckets/${settings.code_bucket}/objects/dataflow/temp/")`,
  ...jobsOf(settings).flatMap((subscription) => [
    `iex-dataflow: pubsub.subscriber on subscription ${subscription}`,
    `iex-dataflow: pubsub.viewer on subscription ${subscription}`,
  ]),
];

const TICKS = [
  // Pub/Sub writes the quotes and what does not fit, each into exactly one table.
  'pubsub service agent: bigquery.dataEditor on bigquery_table iex.tick',
  'pubsub service agent: bigquery.metadataViewer on bigquery_table iex.tick',
  'pubsub service agent: bigquery.dataEditor on bigquery_table iex.tick_dead_letter',
  'pubsub service agent: bigquery.metadataViewer on bigquery_table iex.tick_dead_letter',
  'pubsub service agent: pubsub.subscriber on subscription iex-aggregate-tick',
  'pubsub service agent: pubsub.publisher on topic iex-aggregate-dead-letter',
];

const FAN_OUT = [
  'iex-fan-out: pubsub.publisher on topic iex-ingest',
  'iex-push: run.invoker on cloud_run_v2_service iex-fan-out',
  'pubsub service agent: pubsub.subscriber on subscription iex-fan-out',
  'pubsub service agent: pubsub.publisher on topic iex-fan-out-dead-letter',
];

/** The role with which the account that applies plans grants roles on a resource. */
const GRANTED_WITH: Record<string, string> = {
  google_artifact_registry_repository_iam_member: 'artifactregistry.admin',
  google_bigquery_dataset_iam_member: 'bigquery.dataOwner',
  google_bigquery_table_iam_member: 'bigquery.dataOwner',
  google_cloud_run_v2_service_iam_member: 'run.admin',
  google_project_iam_member: 'resourcemanager.projectIamAdmin',
  google_pubsub_subscription_iam_member: 'pubsub.admin',
  google_pubsub_topic_iam_member: 'pubsub.admin',
  google_secret_manager_secret_iam_member: 'secretmanager.admin',
  google_storage_bucket_iam_member: 'storage.admin',
};

/** A grant as a line of the list. */
function describeGrant({ type, values }: Resource): string {
  const member = String(values.member)
    .replace(/^serviceAccount:service-\d+@gcp-sa-(\w+)\..*/, '$1 service agent')
    .replace(/^serviceAccount:(.*)@test-project\.iam\.gserviceaccount\.com$/, '$1');
  const role = String(values.role).replace('roles/', '');
  const kind = type.replace(/^google_(pubsub_)?(.*)_iam_member$/, '$2');
  const name = GRANTS[type]?.map((attribute) => values[attribute]).join('.');
  const conditions = values.condition as { expression: string }[];
  const condition = conditions.map(({ expression }) => ` if ${expression}`).join('');
  return `${member}: ${role} on ${kind} ${name}${condition}`;
}

describe('rights', () => {
  const appliedSystem = appliedSystems();
  const names = Object.keys(CASES);
  const resourcesOf = (name: string) => appliedSystem(name).resources;

  for (const name of names) {
    describe(name, () => {
      it('are exactly those of the list', () => {
        const grants = resourcesOf(name).filter(({ type }) => type in GRANTS);
        expect(grants.map(describeGrant).sort()).to.deep.equal(rolesOf(settingsOf(name)).sort());
      });

      it('are granted in no other way', () => {
        const others = resourcesOf(name)
          .filter(({ mode, type }) => mode === 'managed' && GIVES_RIGHTS.test(type))
          .filter(({ type }) => !(type in GRANTS));
        expect(others.map(({ address }) => address)).to.deep.equal([]);
      });

      it('are never granted to the public', () => {
        for (const { address, values } of resourcesOf(name)) {
          expect(JSON.stringify(values), address).not.to.match(/allUsers|allAuthenticatedUsers/);
        }
      });
    });
  }

  describe('of continuous deployment', () => {
    const applied = () => names.flatMap(resourcesOf);
    const namesOf = (resources: Resource[], attribute: string) => [
      ...new Set(resources.map(({ values }) => String(values[attribute]))),
    ];

    it('include granting on the project exactly the roles that are granted there', () => {
      const grants = applied().filter(({ type }) => type === 'google_project_iam_member');
      expect(namesOf(grants, 'role')).to.have.members(GRANTABLE_ROLES);
    });

    it('include granting roles on every other kind of resource that has some', () => {
      const account = planAccounts({ state: 'state', code: 'code' }).find(
        ({ stage }) => stage === 'apply',
      )!;
      const has = [...account.project, ...account.code].map(({ role }) => role);
      for (const type of new Set(applied().map(({ type }) => type))) {
        if (type in GRANTS) expect(has, type).to.include(`roles/${GRANTED_WITH[type]}`);
      }
    });

    it('include acting as exactly the accounts that are created', () => {
      const accounts = applied().filter(({ type }) => type === 'google_service_account');
      expect(namesOf(accounts, 'account_id')).to.have.members(RUNTIME_ACCOUNTS);
    });
  });
});
