import type { sendUnaryData } from '@grpc/grpc-js';
import { toPubSubError } from '../protocol/status.js';
import { toTrailer } from './error-details.js';

/** What a method needs of its call; the calls of gRPC and of REST have it. */
export interface UnaryCall<Request> {
  readonly request: Request;
  readonly cancelled: boolean;
  once(event: 'cancelled', listener: () => void): unknown;
}

/** A method for gRPC and REST: calls back with the response or with a PubSubError. */
export type UnaryHandler<Request, Response> = (
  call: UnaryCall<Request>,
  callback: sendUnaryData<Response>,
) => void;

/** A method that responds with the result of `handle`, or with the status that it throws. */
export function unary<Request, Response>(
  handle: (request: Request, call: UnaryCall<Request>) => Response | Promise<Response>,
): UnaryHandler<Request, Response> {
  return async (call, callback) => {
    let response: Response;
    try {
      response = await handle(call.request, call);
    } catch (thrown) {
      const error = toPubSubError(thrown);
      callback(error, null, toTrailer(error));
      return;
    }
    callback(null, response);
  };
}
