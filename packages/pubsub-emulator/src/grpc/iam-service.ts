import type {
  GetIamPolicyRequest,
  SetIamPolicyRequest,
  TestIamPermissionsRequest,
} from '../protocol/iam-messages.js';
import type { Broker } from '../resources/broker.js';
import type { Service } from './service.js';

/** google.iam.v1.IAMPolicy on top of the broker. */
export function iamService({ iamPolicies }: Broker): Service {
  return {
    GetIamPolicy: (request: GetIamPolicyRequest) => iamPolicies.get(request),
    SetIamPolicy: (request: SetIamPolicyRequest) => iamPolicies.set(request),
    TestIamPermissions: (request: TestIamPermissionsRequest) => ({
      permissions: iamPolicies.testPermissions(request),
    }),
  };
}
