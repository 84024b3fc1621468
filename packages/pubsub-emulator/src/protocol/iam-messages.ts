/** The part of google.iam.v1 that the emulator reads and writes, decoded like `messages.ts`. */
export interface Policy {
  version: number;
  bindings: { role: string; members: string[]; condition: object | null }[];
  auditConfigs: object[];
  etag: Buffer;
}

export interface GetIamPolicyRequest {
  /** The full name of a topic, a subscription, a snapshot or a schema. */
  resource: string;
}

export type SetIamPolicyRequest = GetIamPolicyRequest & { policy: Policy | null };

export type TestIamPermissionsRequest = GetIamPolicyRequest & { permissions: string[] };
