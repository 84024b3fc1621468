/** Everything that `bootstrap.mjs --github` does in Google Cloud. */
import { OperationalError } from 'iex-cli';
import { ApiError, openService, type Service } from '../google.js';
import type { Place } from '../place.js';
import { type AccountPlan, planAccounts } from './accounts.js';
import { ensureFederation, memberOf, type Outcome, providerName } from './federation.js';
import { bucketPolicy, ensureGrants, type PolicyPlace, policyOf } from './policies.js';
import { findRepository, type Repository } from './repository.js';

/** The APIs through which jobs get their credentials, and this set-up itself. */
const APIS = [
  'cloudresourcemanager.googleapis.com',
  'iam.googleapis.com',
  'iamcredentials.googleapis.com',
  'sts.googleapis.com',
];

interface Services {
  iam: Service;
  projects: Service;
  storage: Service;
}

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
  const number = await enableApis(project);
  const [iam, projects, storage] = await Promise.all([
    openService('iam'),
    openService('projects'),
    openService('storage'),
  ]);
  const services = { iam, projects, storage };

  const federation = await ensureFederation(iam, number, repository, signal);
  report(`identity provider  ${federation}, for ${repository.name} (${repository.id})`);
  const problems: string[] = [];
  for (const account of planAccounts(buckets)) {
    const email = emailOf(account.id, project);
    const outcome = await ensureAccount(iam, project, account);
    const member = `serviceAccount:${email}`;
    const places: [PolicyPlace, AccountPlan['project']][] = [
      [policyOf(services.projects, `projects/${project}`, project), account.project],
      [bucketPolicy(services.storage, buckets.state), account.state],
      [bucketPolicy(services.storage, buckets.code), account.code],
    ];
    const added: string[] = [];
    for (const [policy, grants] of places) {
      added.push(...(await ensureGrants(policy, member, grants, signal)));
    }
    const self = policyOf(iam, accountPath(account.id, project), email);
    const users = [{ role: 'roles/iam.workloadIdentityUser' }];
    added.push(...(await ensureGrants(self, memberOf(number, account.stage), users, signal)));
    for (const id of account.actsAs) {
      if (!(await findAccount(iam, project, id))) {
        problems.push(
          `${email} cannot act as ${id} yet, which does not exist: deploy once by hand, then run this again`,
        );
        continue;
      }
      const target = policyOf(iam, accountPath(id, project), emailOf(id, project));
      const user = [{ role: 'roles/iam.serviceAccountUser' }];
      added.push(...(await ensureGrants(target, member, user, signal)));
    }
    const rights = added.length > 0 ? `, ${added.length} roles granted` : '';
    report(`account ${account.id}  ${outcome}${rights}: ${account.displayName}`);
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

const emailOf = (id: string, project: string) => `${id}@${project}.iam.gserviceaccount.com`;

const accountPath = (id: string, project: string) =>
  `projects/${project}/serviceAccounts/${emailOf(id, project)}`;

/**
 * Enables the APIs, which is harmless if they are enabled.
 *
 * @returns the project's number
 */
async function enableApis(project: string): Promise<string> {
  const services = await openService('serviceUsage');
  try {
    const operation = await services.request<{ name: string }>(
      `projects/${project}/services:batchEnable`,
      { serviceIds: APIS },
    );
    await untilDone(services, operation);
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

async function findAccount(iam: Service, project: string, id: string): Promise<boolean> {
  try {
    await iam.request(accountPath(id, project));
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}
