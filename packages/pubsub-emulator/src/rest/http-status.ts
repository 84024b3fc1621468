import { type StatusCode, status } from '../protocol/status-codes.js';

/**
 * The HTTP status for a gRPC status, as documented:
 * https://cloud.google.com/apis/design/errors#handling_errors
 */
export const HTTP_STATUS: Record<StatusCode, number> = {
  [status.OK]: 200,
  [status.CANCELLED]: 499,
  [status.INVALID_ARGUMENT]: 400,
  [status.DEADLINE_EXCEEDED]: 504,
  [status.NOT_FOUND]: 404,
  [status.ALREADY_EXISTS]: 409,
  [status.RESOURCE_EXHAUSTED]: 429,
  [status.FAILED_PRECONDITION]: 400,
  [status.ABORTED]: 409,
  [status.UNIMPLEMENTED]: 501,
  [status.INTERNAL]: 500,
  [status.UNAVAILABLE]: 503,
};
