import http from 'node:http';
import https from 'node:https';
import type { PushRequest } from './request.js';

/** The outcome of a push; `failed` includes a connection that broke before the response. */
export type PushOutcome = 'acknowledged' | 'failed' | 'unreachable';

/** As documented: https://cloud.google.com/pubsub/docs/push#receive_push */
const SUCCESS_STATUSES = new Set([102, 200, 201, 202, 204]);
/** Codes of a connection that was never established. */
const UNREACHABLE_CODES = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Sends pushes to their endpoint. */
export interface PushTransport {
  /**
   * Posts a request and resolves with the outcome. Aborting the signal ends the request.
   */
  post(endpoint: URL, request: PushRequest, signal: AbortSignal): Promise<PushOutcome>;
}

/** Posts over HTTP connections that are kept alive; any number at the same time. */
export class HttpPushTransport implements PushTransport {
  readonly #httpAgent = new http.Agent({ keepAlive: true });
  readonly #httpsAgent = new https.Agent({ keepAlive: true });

  async post(endpoint: URL, request: PushRequest, signal: AbortSignal): Promise<PushOutcome> {
    const agent = endpoint.protocol === 'https:' ? this.#httpsAgent : this.#httpAgent;
    const outcome = await post(endpoint, request, signal, agent);
    return outcome ?? (await post(endpoint, request, signal, false)) ?? 'failed';
  }

  /** Ends all connections, busy or idle. */
  close(): void {
    this.#httpAgent.destroy();
    this.#httpsAgent.destroy();
  }
}

/**
 * Sends one request through `agent`, or over a new connection if that is false.
 *
 * @returns undefined if the endpoint closed an idle connection just when it was used again: this
 *   says nothing about the message
 */
function post(
  endpoint: URL,
  push: PushRequest,
  signal: AbortSignal,
  agent: http.Agent | false,
): Promise<PushOutcome | undefined> {
  const { request } = endpoint.protocol === 'https:' ? https : http;
  const headers = {
    ...push.headers,
    'content-length': Buffer.byteLength(push.body),
    'user-agent': 'CloudPubSub-Google',
  };
  return new Promise((resolve) => {
    const settle = (status = 0) =>
      resolve(SUCCESS_STATUSES.has(status) ? 'acknowledged' : 'failed');
    const pushRequest = request(endpoint, { method: 'POST', agent, headers, signal });
    // 102 (Processing) is an interim response in HTTP, but Pub/Sub takes it as an acknowledgement.
    pushRequest.on('information', ({ statusCode }) => {
      if (statusCode === 102) settle(statusCode);
    });
    pushRequest.on('response', (response) => {
      response.resume(); // frees the connection for the next push
      settle(response.statusCode);
    });
    pushRequest.on('error', (error: NodeJS.ErrnoException) => {
      if (pushRequest.reusedSocket && error.code === 'ECONNRESET') resolve(undefined);
      resolve(UNREACHABLE_CODES.has(error.code ?? '') ? 'unreachable' : 'failed');
    });
    pushRequest.on('close', () => settle()); // has no effect after any of the above
    pushRequest.end(push.body);
  });
}
