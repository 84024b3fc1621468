import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type {
  GetIamPolicyRequest,
  SetIamPolicyRequest,
  TestIamPermissionsRequest,
} from '../protocol/iam-messages.js';
import type { Broker } from '../resources/broker.js';
import { unary } from './unary.js';

/** google.iam.v1.IAMPolicy on top of the broker. */
export function iamService({ iamPolicies }: Broker): UntypedServiceImplementation {
  return {
    GetIamPolicy: unary((request: GetIamPolicyRequest) => iamPolicies.get(request)),
    SetIamPolicy: unary((request: SetIamPolicyRequest) => iamPolicies.set(request)),
    TestIamPermissions: unary((request: TestIamPermissionsRequest) => ({
      permissions: iamPolicies.testPermissions(request),
    })),
  };
}
