import type { sendUnaryData } from '@grpc/grpc-js';
import { toPubSubError } from './status.js';

/** What a method may ask of its call. gRPC's own calls are such, and those of REST. */
export interface UnaryCall<Request> {
  readonly request: Request;
  readonly cancelled: boolean;
  once(event: 'cancelled', listener: () => void): unknown;
}

/** A method for gRPC and REST: calls back with the answer or with a PubSubError. */
export type UnaryHandler<Request, Response> = (
  call: UnaryCall<Request>,
  callback: sendUnaryData<Response>,
) => void;

/** A method that answers with what `handle` returns, or with the status that it throws. */
export function unary<Request, Response>(
  handle: (request: Request, call: UnaryCall<Request>) => Response | Promise<Response>,
): UnaryHandler<Request, Response> {
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
