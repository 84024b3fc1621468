import http from 'node:http';
import https from 'node:https';

/** What became of one push; `failed` also covers a connection that broke before the answer. */
export type PushOutcome = 'acknowledged' | 'failed' | 'unreachable';

/** As documented: https://cloud.google.com/pubsub/docs/push#receive_push */
const SUCCESS_STATUSES = new Set([102, 200, 201, 202, 204]);
/** Codes of a connection that never came about. */
const UNREACHABLE_CODES = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The way to a push endpoint. */
export interface PushTransport {
  /**
   * Posts `body`, a JSON text, and reports the outcome; never rejects. Aborting `signal` ends the request.
   */
  post(endpoint: URL, body: string, signal: AbortSignal): Promise<PushOutcome>;
}

/** Posts over HTTP connections that are kept alive; any number at the same time. */
export class HttpPushTransport implements PushTransport {
  readonly #httpAgent = new http.Agent({ keepAlive: true });
  readonly #httpsAgent = new https.Agent({ keepAlive: true });

  async post(endpoint: URL, body: string, signal: AbortSignal): Promise<PushOutcome> {
    const agent = endpoint.protocol === 'https:' ? this.#httpsAgent : this.#httpAgent;
    const attempt = await post(endpoint, body, signal, agent);
    if (!attempt.staleConnection) return attempt.outcome;
    const freshAttempt = await post(endpoint, body, signal, false);
    return freshAttempt.outcome;
  }

  /** Ends all connections, busy or idle. */
  close(): void {
    this.#httpAgent.destroy();
    this.#httpsAgent.destroy();
  }
}

interface Attempt {
  outcome: PushOutcome;
  /**
   * The endpoint closed an idle connection just when it was used again: this says nothing of the message.
   */
  staleConnection: boolean;
}

/** One request through `agent`, or over a connection of its own when that is false. */
function post(
  endpoint: URL,
  body: string,
  signal: AbortSignal,
  agent: http.Agent | false,
): Promise<Attempt> {
  const { request } = endpoint.protocol === 'https:' ? https : http;
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'CloudPubSub-Google',
  };
  return new Promise((resolve) => {
    const settle = (status: number | undefined) => {
      const isSuccess = status !== undefined && SUCCESS_STATUSES.has(status);
      resolve({ outcome: isSuccess ? 'acknowledged' : 'failed', staleConnection: false });
    };
    const pushRequest = request(endpoint, { method: 'POST', agent, headers, signal });
    // 102 (Processing) is an interim answer in HTTP, yet Pub/Sub takes it for an acknowledgement.
    pushRequest.on('information', ({ statusCode }) => {
      if (statusCode === 102) settle(statusCode);
    });
    pushRequest.on('response', (response) => {
      response.resume(); // frees the connection for the next push
      settle(response.statusCode);
    });
    pushRequest.on('error', (error: NodeJS.ErrnoException) => {
      resolve({
        outcome: UNREACHABLE_CODES.has(error.code ?? '') ? 'unreachable' : 'failed',
        staleConnection: pushRequest.reusedSocket && error.code === 'ECONNRESET',
      });
    });
    pushRequest.end(body);
  });
}
