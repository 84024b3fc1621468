import type * as pb from '../protocol/messages.js';
import type { Broker } from '../resources/broker.js';
import type { Service } from './service.js';

/** google.iam.v1.IAMPolicy on top of the broker. */
export function iamService({ iamPolicies }: Broker): Service {
  return {
    GetIamPolicy: (request: pb.GetIamPolicyRequest) => iamPolicies.get(request),
    SetIamPolicy: (request: pb.SetIamPolicyRequest) => iamPolicies.set(request),
    TestIamPermissions: (request: pb.TestIamPermissionsRequest) => ({
      permissions: iamPolicies.testPermissions(request),
    }),
  };
}
