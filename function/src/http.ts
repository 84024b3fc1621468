import http from 'node:http';
import https from 'node:https';
import fetch, { type FetchError } from 'node-fetch';
import { QuoteError, type QuoteRequest } from './quote-sources/source.js';

/** An answer of any status, read to its end. */
export interface HttpAnswer {
  readonly status: number;
  /** The header of that name, as it came. */
  readonly retryAfter: string | null;
  readonly body: string;
}

/**
 * Sends a GET request and reads the whole answer.
 *
 * @throws QuoteError with reason `network`, or `invalid_answer` where the answer is too large
 */
export type HttpGet = (request: QuoteRequest, signal: AbortSignal) => Promise<HttpAnswer>;

/**
 * An answer with 100 quotes is about 200 kB. What exceeds this (bytes) is no answer of a quote API,
 * and as JSON it might unfold to more than the instance's memory.
 */
const MAX_ANSWER_BYTES = 1_000_000;

/** Connections to the quote API at most, so that no burst of messages exhausts the instance's. */
const MAX_CONNECTIONS = 256;

/** Makes a client whose connections are kept and shared by all invocations of this instance. */
export function createHttpGet(): HttpGet {
  const options = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
  const agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };

  return async ({ url, headers }, signal) => {
    try {
      const response = await fetch(url, {
        headers: { accept: 'application/json', ...headers },
        agent: ({ protocol }) => agents[protocol as keyof typeof agents],
        // A redirect would carry the token, in headers or query, to wherever it points.
        redirect: 'manual',
        size: MAX_ANSWER_BYTES,
        signal,
      });
      return {
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        body: await response.text(),
      };
    } catch (error) {
      // The client's messages hold the URL, which may hold the token: neither is passed on.
      const { type, code } = error as Partial<FetchError>;
      if (type === 'max-size') throw new QuoteError('invalid_answer', 'the answer is too large');
      throw new QuoteError('network', `the connection failed (${code ?? type ?? 'unknown'})`);
    }
  };
}
