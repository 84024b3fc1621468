import type { PubSubError } from '../protocol/status.js';
import type { Response } from '../resources/topics.js';

/** What a method needs of its call; the calls of gRPC and of REST have it. */
export interface Call extends Response {
  readonly cancelled: boolean;
  once(event: 'cancelled', listener: () => void): unknown;
}

/**
 * Responds to a request, over gRPC or REST, or throws a PubSubError. Returns the response, or a
 * promise of it; undefined is an empty response.
 */
export type UnaryMethod = (request: never, call: Call) => unknown;

/** A call whose requests and responses are streams; only gRPC has them. */
export interface StreamingCall<Request, Response> {
  on(event: 'request', listener: (request: Request) => void): unknown;
  /** `end`: there are no more requests; `drain`: what has been written is sent. */
  on(event: 'end' | 'drain' | 'cancelled', listener: () => void): unknown;
  /** @returns false if the client should get no more before `drain` */
  write(response: Response): boolean;
  /** Ends the call, with success if there is no `error`. */
  end(error?: PubSubError): void;
}

export type StreamingMethod = (call: StreamingCall<never, object>) => void;

/** The methods of a service, by their names. */
export type Service = Record<string, UnaryMethod | StreamingMethod>;
