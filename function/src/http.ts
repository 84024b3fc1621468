import http from 'node:http';
import https from 'node:https';
import fetch, { type FetchError } from 'node-fetch';
import { createProxyAgent, ProxyError, proxyFor } from './proxy.js';
import { QuoteError, type QuoteRequest } from './quote-sources/source.js';

/** A response of any status, with its whole body. */
export interface HttpResponse {
  readonly status: number;
  /** The value of the header `Retry-After`. */
  readonly retryAfter: string | null;
  readonly body: string;
}

/**
 * Sends a GET request and reads the whole response.
 *
 * @throws {QuoteError} with reason `network`, or `invalid_response` if the response is too large
 */
export type HttpGet = (request: QuoteRequest, signal: AbortSignal) => Promise<HttpResponse>;

/**
 * A response with 100 quotes is about 200 kB. A larger one (bytes) does not come from a quote API,
 * and parsed as JSON it might need more than the instance's memory.
 */
const MAX_RESPONSE_BYTES = 1_000_000;

/** The most connections to the quote API, so that a burst of messages does not exhaust memory. */
const MAX_CONNECTIONS = 256;

/**
 * Makes a client whose connections are kept and shared by all invocations of this instance. It goes
 * through the proxy that the environment names (see `proxyFor`), and trusts the certificates of
 * `NODE_EXTRA_CA_CERTS`, as Node.js does by itself.
 */
export function createHttpGet(): HttpGet {
  const options = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
  const direct = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
  const proxied = new Map<string, http.Agent>();

  const agentFor = ({ protocol }: URL, proxy: URL | undefined): http.Agent => {
    if (!proxy) return direct[protocol as keyof typeof direct];
    const key = `${protocol} ${proxy.href}`;
    const agent = proxied.get(key) ?? createProxyAgent(protocol, proxy, options);
    proxied.set(key, agent);
    return agent;
  };

  return async ({ url, headers }, signal) => {
    let connection = 'connection';
    try {
      const proxy = proxyFor(url);
      if (proxy) connection = 'connection through the proxy';
      const response = await fetch(url, {
        headers: { accept: 'application/json', ...headers },
        agent: agentFor(url, proxy),
        // A redirect would send the token, in headers or query, to another server.
        redirect: 'manual',
        size: MAX_RESPONSE_BYTES,
        signal,
      });
      // Only a proxy responds with 407 (RFC 9110, 15.5.8), if the request needed no tunnel.
      if (response.status === 407) throw new ProxyError('the proxy responded with status 407');
      return {
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        body: await response.text(),
      };
    } catch (error) {
      // The client's messages contain the URL, which may contain the token: do not pass them on.
      const { type, code } = error as Partial<FetchError>;
      if (type === 'max-size') {
        throw new QuoteError('invalid_response', 'the response is too large');
      }
      throw new QuoteError('network', `the ${connection} failed (${code ?? type ?? 'unknown'})`);
    }
  };
}
