import { randomBytes } from 'node:crypto';
import type * as pb from '../protocol/messages.js';
import { aborted, invalidArgument, required } from '../protocol/status.js';

/** The etag of a resource without a policy; the service has the same. */
const NO_POLICY: pb.Policy = {
  version: 0,
  bindings: [],
  auditConfigs: [],
  etag: Buffer.from([0, 1]),
};

/**
 * The policies that were set for resources. They are kept and returned, and nobody is refused
 * because of them, because the emulator does not know who calls.
 *
 * @throws {PubSubError} by every method, with the status that the service responds with:
 *   https://cloud.google.com/iam/docs/reference/rest/v1/Policy
 */
export class IamPolicies {
  /** By resource, so that a policy ends with its resource. */
  readonly #policies = new WeakMap<object, pb.Policy>();
  readonly #find: (name: string) => object;

  /** @param find returns the resource with a full name, or throws NOT_FOUND */
  constructor(find: (name: string) => object) {
    this.#find = find;
  }

  get({ resource }: pb.GetIamPolicyRequest): pb.Policy {
    return this.#policies.get(this.#find(resource)) ?? NO_POLICY;
  }

  set({ resource, ...request }: pb.SetIamPolicyRequest): pb.Policy {
    const policy = required(request.policy, 'policy');
    for (const { role, members } of policy.bindings) {
      if (!/^(roles|(projects|organizations)\/[^/]+\/roles)\/[\w.]+$/.test(role)) {
        throw invalidArgument(`Role (${role}) is not a valid role.`);
      }
      if (members.length === 0) throw invalidArgument(`Role (${role}) has no members.`);
    }
    // As documented, a policy without an etag overwrites the existing one.
    if (policy.etag.length > 0 && !policy.etag.equals(this.get({ resource }).etag)) {
      throw aborted('There were concurrent policy changes. Please retry with the current policy.');
    }
    const kept = { ...policy, version: policy.version || 1, etag: randomBytes(8) };
    this.#policies.set(this.#find(resource), kept);
    return kept;
  }

  /** The emulator refuses nobody, so the caller has every permission on every resource. */
  testPermissions({ resource, permissions }: pb.TestIamPermissionsRequest): string[] {
    this.#find(resource);
    const wildcard = permissions.find(
      (permission) => !/^[a-zA-Z]+(\.[a-zA-Z]+)+$/.test(permission),
    );
    if (wildcard !== undefined) throw invalidArgument(`Permission ${wildcard} is not valid.`);
    return permissions;
  }
}
