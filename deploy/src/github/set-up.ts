/** Everything that `bootstrap.mjs --github` does in Google Cloud. */
import { OperationalError } from 'iex-cli';
import { ApiError, findResource, openService, type Service } from '../google.js';
import type { Place } from '../place.js';
import { type AccountPlan, DATAFLOW_ACCOUNT, type Grant, planAccounts } from './accounts.js';
import { ensureFederation, memberOf, type Outcome, providerName } from './federation.js';
import { type Operation, untilDone } from './operations.js';
import { bucketPolicy, ensureGrants, type PolicyPlace, policyOf } from './policies.js';
import { findRepository, type Repository } from './repository.js';

/** The APIs through which jobs get their credentials, and this set-up itself. */
const APIS = [
  'cloudresourcemanager.googleapis.com',
  'iam.googleapis.com',
  'iamcredentials.googleapis.com',
  'sts.googleapis.com',
];

/** The result of the set-up. */
export interface GitHubSetup {
  repository: Repository;
  /** Variables of the repository that the workflow reads. */
  variables: Record<string, string>;
  /** What is still to be done elsewhere before the workflow works. */
  problems: string[];
}

/**
 * Lets the workflow of a repository deploy. Running it again changes nothing but what is missing or
 * differs.
 *
 * @param repositoryName OWNER/REPO
 * @param report called with a line for each part
 * @throws {OperationalError} if the repository is not found or a permission is missing
 */
export async function setUpGitHub(
  place: Place,
  repositoryName: string,
  report: (line: string) => void,
): Promise<GitHubSetup> {
  const { project, region, buckets } = place;
  const signal = new AbortController().signal;
  const repository = await findRepository(repositoryName);
  const number = await enableApis(project, signal);
  const [iam, projects, storage] = await Promise.all([
    openService('iam'),
    openService('projects'),
    openService('storage'),
  ]);
  const federation = await ensureFederation(iam, number, repository, signal);
  report(`identity provider  ${federation}, for ${repository.name} (${repository.id})`);

  const problems: string[] = [];
  for (const account of planAccounts(buckets)) {
    const { id, stage, displayName } = account;
    const email = emailOf(id, project);
    const outcome = await ensureAccount(iam, project, account);
    const policyOfAccount = (of: string) =>
      policyOf(iam, accountPath(of, project), emailOf(of, project));
    const grants: [PolicyPlace, member: string, readonly Grant[]][] = [
      [policyOfAccount(id), memberOf(number, stage), [{ role: 'roles/iam.workloadIdentityUser' }]],
      [policyOf(projects, `projects/${project}`, project), accountMember(email), account.project],
      [bucketPolicy(storage, buckets.state), accountMember(email), account.state],
      [bucketPolicy(storage, buckets.code), accountMember(email), account.code],
    ];
    for (const other of account.actsAs) {
      if (await findAccount(iam, project, other)) {
        const user = [{ role: 'roles/iam.serviceAccountUser' }];
        grants.push([policyOfAccount(other), accountMember(email), user]);
      } else if (other === DATAFLOW_ACCOUNT) {
        // It does not exist while BigQuery computes the windows.
        report(`account ${id}  may not start Dataflow jobs: ${other} does not exist yet`);
      } else {
        problems.push(`${other} does not exist yet, so ${id} has no right to run anything as it`);
      }
    }
    let added = 0;
    for (const [policy, member, roles] of grants) {
      added += (await ensureGrants(policy, member, roles, signal)).length;
    }
    report(`account ${id}  ${outcome}, ${added} roles granted: ${displayName}`);
  }
  return {
    repository,
    variables: {
      DEPLOY_PROJECT: project,
      DEPLOY_REGION: region,
      DEPLOY_STATE_BUCKET: buckets.state,
      DEPLOY_CODE_BUCKET: buckets.code,
      DEPLOY_IDENTITY_PROVIDER: providerName(number),
    },
    problems,
  };
}

const accountMember = (email: string) => `serviceAccount:${email}`;

const emailOf = (id: string, project: string) => `${id}@${project}.iam.gserviceaccount.com`;

const accountPath = (id: string, project: string) =>
  `projects/${project}/serviceAccounts/${emailOf(id, project)}`;

/** Enables the APIs, which is harmless if they are; returns the project's number. */
async function enableApis(project: string, signal: AbortSignal): Promise<string> {
  const services = await openService('serviceUsage');
  try {
    const operation = await services.request<Operation>(
      `projects/${project}/services:batchEnable`,
      { serviceIds: APIS },
    );
    await untilDone(services, operation, signal);
    const { parent } = await services.request<{ parent: string }>(
      `projects/${project}/services/${APIS[0]}`,
    );
    return parent.replace('projects/', '');
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new OperationalError(
      `Cannot enable APIs in ${project}: run this as an owner of the project (${error.message})`,
      { cause: error },
    );
  }
}

async function ensureAccount(
  iam: Service,
  project: string,
  { id, displayName }: AccountPlan,
): Promise<Outcome> {
  if (await findAccount(iam, project, id)) return 'exists';
  try {
    const account = { accountId: id, serviceAccount: { displayName } };
    await iam.request(`projects/${project}/serviceAccounts`, account);
    return 'created';
  } catch (error) {
    // Another run of this command was faster.
    if (error instanceof ApiError && error.status === 409) return 'exists';
    throw error;
  }
}

const findAccount = (iam: Service, project: string, id: string) =>
  findResource(iam, accountPath(id, project));
