import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import { toPubSubError } from './status.js';

/** A gRPC handler that answers with what `handle` returns, or with the status that it throws. */
export function unary<Request, Response>(
  handle: (
    request: Request,
    call: ServerUnaryCall<Request, Response>,
  ) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return async (call, callback) => {
    let response: Response;
    try {
      response = await handle(call.request, call);
    } catch (error) {
      callback(toPubSubError(error));
      return;
    }
    callback(null, response);
  };
}
