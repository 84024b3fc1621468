import type { Clock } from 'iex-cli/clock';
import { DeadlineError, sleepUntil, within } from './deadlines.js';
import type { HttpGet, HttpResponse } from './http.js';
import { quoteErrorOf, readApiError } from './quote-sources/api-error.js';
import {
  type MissReason,
  type QuoteAccess,
  QuoteError,
  type QuoteOutcomes,
  type QuoteSource,
} from './quote-sources/source.js';
import { RefusedSymbols } from './refused-symbols.js';

/** How to call a quote API, and what this instance has learned about it. */
export interface QuoteClient {
  readonly source: QuoteSource;
  readonly access: QuoteAccess;
  readonly get: HttpGet;
  readonly clock: Clock;
  /** A number in [0, 1), to spread retries. */
  readonly random: () => number;
  /** The symbols that make the API refuse a batch. */
  readonly refusedSymbols: RefusedSymbols;
  /** Until when (monotonic ms) the API asked not to be called. */
  quietUntil: number;
}

/** Half a slot (ms): if a connection hangs, a second one still has time. */
const ATTEMPT_TIMEOUT_MS = 5_000;

/** With less time left (ms), another attempt would only replace a clear failure with a timeout. */
export const SHORTEST_ATTEMPT_MS = 500;

/** The longest (ms) that the API is not called, even if `Retry-After` asks for more. */
const LONGEST_QUIET_MS = 3_600_000;

/** First pause (ms) after each kind of failure; it doubles with every further one. */
const FIRST_PAUSE_MS: Partial<Record<MissReason, number>> = {
  network: 200,
  server_error: 200,
  timeout: 200,
  throttled: 2_000,
};

/** Makes a client that knows no refused symbol yet. All invocations of an instance share it. */
export function createQuoteClient(
  parts: Omit<QuoteClient, 'refusedSymbols' | 'quietUntil'>,
): QuoteClient {
  const refusedSymbols = new RefusedSymbols();
  return { ...parts, refusedSymbols, quietUntil: Number.NEGATIVE_INFINITY };
}

/**
 * Asks for the quotes of up to `source.maxSymbols` symbols, and again if another attempt may
 * succeed, until `deadline` (monotonic ms).
 *
 * @throws {QuoteError} when the time is up or no further attempt would help
 */
export async function fetchQuotes(
  symbols: readonly string[],
  deadline: number,
  client: QuoteClient,
): Promise<QuoteOutcomes> {
  for (let failures = 0; ; failures++) {
    try {
      return await attemptOnce(symbols, deadline, client);
    } catch (error) {
      if (!(error instanceof QuoteError)) throw error;
      const retryAt = client.clock.now() + pauseMs(error, failures, client.random());
      if (retryAt + SHORTEST_ATTEMPT_MS > deadline) throw error;
      await sleepUntil(client.clock, retryAt);
    }
  }
}

async function attemptOnce(
  symbols: readonly string[],
  deadline: number,
  client: QuoteClient,
): Promise<QuoteOutcomes> {
  const { source, access, get, clock } = client;
  const start = clock.now();
  if (start < client.quietUntil) {
    const error = new QuoteError('throttled', 'the quote API asked for a longer pause');
    error.retryAfterMs = client.quietUntil - start;
    throw error;
  }
  const request = source.request(symbols, access);
  const timeout = Math.min(deadline, start + ATTEMPT_TIMEOUT_MS);
  let response: HttpResponse;
  try {
    response = await within(clock, timeout, (signal) => get(request, signal));
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    throw new QuoteError('timeout', 'no response in time');
  }
  try {
    return readResponse(response, symbols, source);
  } catch (error) {
    const retryAfterMs = readRetryAfter(response.retryAfter, clock.wallTime());
    if (error instanceof QuoteError && retryAfterMs !== undefined) {
      error.retryAfterMs = Math.min(retryAfterMs, LONGEST_QUIET_MS);
      client.quietUntil = Math.max(client.quietUntil, clock.now() + error.retryAfterMs);
    }
    throw error;
  }
}

function readResponse(
  { status, body }: HttpResponse,
  symbols: readonly string[],
  source: QuoteSource,
): QuoteOutcomes {
  const json = parseJson(body);
  const error = readApiError(status, body, json);
  if (error) throw quoteErrorOf(error, symbols, source);
  // The parser's own message quotes the response, which may quote the token.
  if (json === undefined) throw new QuoteError('invalid_response', 'the response is not JSON');
  return source.readResponse(json, symbols);
}

/** How long to wait (ms) before the next attempt; `Infinity` if no attempt would help. */
function pauseMs(error: QuoteError, failures: number, random: number): number {
  const first = FIRST_PAUSE_MS[error.reason];
  if (first === undefined) return Number.POSITIVE_INFINITY;
  // Half of the pause is random, so that the requests of a tick are not all repeated together.
  const pause = first * 2 ** failures * (0.5 + random / 2);
  return Math.max(pause, error.retryAfterMs ?? 0);
}

/** `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3); the result is in ms. */
function readRetryAfter(header: string | null, wallTime: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - wallTime;
  return Number.isNaN(ms) ? undefined : ms;
}

/** Parses JSON; `undefined` if the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
