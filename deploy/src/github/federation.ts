/** Workload Identity Federation: jobs of one repository's workflow act as accounts without keys. */
import { isDeepStrictEqual } from 'node:util';
import { OperationalError } from 'iex-cli';
import { findResource, type Service } from '../google.js';
import type { Stage } from './accounts.js';
import { type Operation, untilDone } from './operations.js';
import type { Repository } from './repository.js';

export const POOL = 'iex-stream-github';
export const PROVIDER = 'github';

/** The environment of GitHub whose reviewers approve a deployment. */
export const ENVIRONMENT = 'production';

const BRANCH = 'refs/heads/main';
const WORKFLOW = '/.github/workflows/deploy.yml@';

/** The fields of a provider that this project sets. */
export interface ProviderFields {
  displayName: string;
  attributeMapping: Record<string, string>;
  attributeCondition: string;
  oidc: { issuerUri: string };
}

/**
 * The trust in a repository's workflow. What a token claims:
 * https://docs.github.com/en/actions/reference/security/oidc. Its `sub` is only for the logs, because
 * repositories can change its format.
 */
export function providerFields({ name, id, ownerId }: Repository): ProviderFields {
  const isPullRequest = "assertion.event_name == 'pull_request'";
  const isMain = `assertion.ref == '${BRANCH}' && assertion.event_name in ['push', 'workflow_dispatch']`;
  const isApproved = `has(assertion.environment) && assertion.environment == '${ENVIRONMENT}'`;
  return {
    displayName: name.slice(0, 32),
    attributeMapping: {
      'google.subject': 'assertion.sub',
      // A pull request can name the environment too; that does not make it approved.
      'attribute.stage': `${isPullRequest} ? 'preview' : ${isApproved} ? 'apply' : 'plan'`,
    },
    attributeCondition: [
      `assertion.repository_id == '${id}' && assertion.repository_owner_id == '${ownerId}'`,
      `assertion.workflow_ref.contains('${WORKFLOW}')`,
      `(${isPullRequest} || (${isMain}))`,
    ].join(' && '),
    oidc: { issuerUri: 'https://token.actions.githubusercontent.com' },
  };
}

/** The members that jobs of a stage are. */
export const memberOf = (projectNumber: string, stage: Stage) =>
  `principalSet://iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${POOL}/attribute.stage/${stage}`;

/** The name that a workflow needs. */
export const providerName = (projectNumber: string) =>
  `projects/${projectNumber}/locations/global/workloadIdentityPools/${POOL}/providers/${PROVIDER}`;

/** What had to be done. */
export type Outcome = 'created' | 'updated' | 'exists';

/**
 * Creates the pool and its provider, or changes the provider to the planned one.
 *
 * @throws {OperationalError} if a permission is missing, or if one was deleted and still blocks its
 *   name
 */
export async function ensureFederation(
  iam: Service,
  projectNumber: string,
  repository: Repository,
  signal: AbortSignal,
): Promise<Outcome> {
  const change = async (path: string, fields: object, method?: 'PATCH') =>
    untilDone(iam, await iam.request<Operation>(path, fields, method), signal);
  const pools = `projects/${projectNumber}/locations/global/workloadIdentityPools`;
  const pool = `${pools}/${POOL}`;
  if (!(await findUsable(iam, pool))) {
    const fields = { displayName: 'GitHub Actions of iex-stream' };
    await change(`${pools}?workloadIdentityPoolId=${POOL}`, fields);
  }
  const path = `${pool}/providers/${PROVIDER}`;
  const planned = providerFields(repository);
  const found = await findUsable<ProviderFields>(iam, path);
  if (!found) {
    await change(`${pool}/providers?workloadIdentityPoolProviderId=${PROVIDER}`, planned);
    return 'created';
  }
  if (isSame(found, planned)) return 'exists';
  const mask = Object.keys(planned).join(',');
  await change(`${path}?updateMask=${mask}`, planned, 'PATCH');
  return 'updated';
}

/** Compares the planned fields only, because Google adds some, also within `oidc`. */
const isSame = (found: ProviderFields, { oidc, ...planned }: ProviderFields) =>
  found.oidc?.issuerUri === oidc.issuerUri &&
  Object.entries(planned).every(([name, value]) =>
    isDeepStrictEqual(found[name as keyof ProviderFields], value),
  );

/** Finds a pool or a provider; undefined if there is none. */
async function findUsable<T>(iam: Service, path: string): Promise<T | undefined> {
  const found = await findResource<T & { state?: string; disabled?: boolean }>(iam, path);
  const [kind, id] = path.split('/').slice(-2);
  if (found?.state === 'DELETED') {
    throw new OperationalError(
      `${id} in ${kind} was deleted in the last 30 days: undelete it with gcloud iam workload-identity-pools`,
    );
  }
  if (found?.disabled) throw new OperationalError(`${id} in ${kind} is disabled: enable it first`);
  return found;
}
