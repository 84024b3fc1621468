/** Grants in the IAM policies of a project, a bucket or a service account. */
import { isDeepStrictEqual } from 'node:util';
import { OperationalError } from 'iex-cli';
import { ApiError, type Service } from '../google.js';
import { pause } from '../pause.js';
import type { Grant } from './accounts.js';

/** How long to wait, in ms, before a change that was refused is tried again, and how often. */
const RETRY_MS = 2000;
const TRIES = 30;

interface Binding extends Grant {
  members: string[];
}

/** https://cloud.google.com/iam/docs/reference/rest/v1/Policy */
interface Policy {
  version?: number;
  etag?: string;
  bindings?: Binding[];
}

/** Where a policy is read and written. */
export interface PolicyPlace {
  /** For messages. */
  name: string;
  read(): Promise<Policy>;
  write(policy: Policy): Promise<unknown>;
}

/** The policy of a resource whose API has the methods `getIamPolicy` and `setIamPolicy`. */
export const policyOf = (service: Service, resource: string, name = resource): PolicyPlace => ({
  name,
  read: () =>
    service.request<Policy>(`${resource}:getIamPolicy`, {
      options: { requestedPolicyVersion: 3 },
    }),
  write: (policy) => service.request(`${resource}:setIamPolicy`, { policy }),
});

/** The policy of a bucket. */
export const bucketPolicy = (storage: Service, bucket: string): PolicyPlace => ({
  name: `gs://${bucket}`,
  read: () => storage.request<Policy>(`b/${bucket}/iam?optionsRequestedPolicyVersion=3`),
  write: (policy) => storage.request(`b/${bucket}/iam`, policy, 'PUT'),
});

/**
 * Gives a member its roles, and removes from it the same roles under other conditions; whatever
 * others have stays. It reads, changes and writes, and does so again if somebody else wrote in
 * between or if an account that was created a moment ago is not known yet.
 *
 * @returns the roles that were added
 * @throws {OperationalError} if a permission is missing
 */
export async function ensureGrants(
  place: PolicyPlace,
  member: string,
  grants: readonly Grant[],
  signal: AbortSignal,
  retryMs = RETRY_MS,
): Promise<string[]> {
  if (grants.length === 0) return [];
  for (let i = 1; ; i++) {
    try {
      const policy = await place.read();
      const { bindings, added, isChanged } = withGrants(policy.bindings ?? [], member, grants);
      if (isChanged) await place.write({ ...policy, version: 3, bindings });
      return added;
    } catch (error) {
      if (i === TRIES || !isPassing(error)) throw explained(error, place.name);
      await pause(retryMs, signal);
    }
  }
}

function withGrants(found: readonly Binding[], member: string, grants: readonly Grant[]) {
  const has =
    ({ role, condition }: Grant) =>
    (binding: Binding) =>
      binding.role === role &&
      binding.members.includes(member) &&
      isDeepStrictEqual(binding.condition?.expression, condition?.expression);
  const missing = grants.filter((grant) => !found.some(has(grant)));
  const isOurs = ({ role }: Binding) => grants.some((grant) => grant.role === role);
  const isWanted = (binding: Binding) => grants.some((grant) => has(grant)(binding));
  const kept = found.flatMap((binding): Binding[] => {
    if (!isOurs(binding) || !binding.members.includes(member) || isWanted(binding))
      return [binding];
    const members = binding.members.filter((each) => each !== member);
    return members.length > 0 ? [{ ...binding, members }] : [];
  });
  const isChanged = missing.length > 0 || JSON.stringify(kept) !== JSON.stringify(found);
  return {
    bindings: [...kept, ...missing.map((grant) => ({ ...grant, members: [member] }))],
    added: missing.map(({ role }) => role),
    isChanged,
  };
}

const isPassing = (error: unknown) =>
  error instanceof ApiError &&
  (error.status === 409 ||
    error.status === 412 ||
    (error.status === 400 && /does not exist/.test(error.message)));

function explained(error: unknown, name: string): unknown {
  if (!(error instanceof ApiError)) return error;
  const message =
    error.status === 403
      ? `No permission to grant roles on ${name}: run this as an owner of the project (${error.message})`
      : `${name}: ${error.message}`;
  return new OperationalError(message, { cause: error });
}
