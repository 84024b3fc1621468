import { type Clock, DeadlineError, sleepUntil, within } from './clock.js';
import type { HttpAnswer, HttpGet } from './http.js';
import {
  type MissReason,
  type QuoteAccess,
  QuoteError,
  type QuoteOutcome,
  type QuoteOutcomes,
  type QuoteSource,
} from './quote-sources/source.js';

/** What it takes to ask a quote API. */
export interface QuoteClient {
  readonly source: QuoteSource;
  readonly access: QuoteAccess;
  readonly get: HttpGet;
  readonly clock: Clock;
  /** A number in [0, 1), to spread retries. */
  readonly random: () => number;
}

/** Half a slot (ms): where a connection hangs, a second one still has time. */
const ATTEMPT_TIMEOUT_MS = 5_000;

/** With less time left (ms) another attempt would only turn a clear failure into a timeout. */
const SHORTEST_ATTEMPT_MS = 500;

/** How many symbols are left out of a request one by one because the API refuses it for them. */
const MAX_REFUSED_SYMBOLS = 10;

/** First pause (ms) after each kind of failure; it doubles with every further one. */
const FIRST_PAUSE_MS: Partial<Record<MissReason, number>> = {
  network: 200,
  server_error: 200,
  timeout: 200,
  throttled: 2_000,
};

/**
 * Asks for the quotes of up to `source.maxSymbols` symbols, and again where another attempt may
 * cure the failure, until `deadline` (monotonic ms).
 *
 * @throws QuoteError when the time is up or no further attempt would help
 */
export async function fetchQuotes(
  symbols: readonly string[],
  deadline: number,
  client: QuoteClient,
): Promise<QuoteOutcomes> {
  let asked = symbols;
  const refused = new Map<string, QuoteOutcome>();
  for (let failures = 0; ; ) {
    try {
      const outcomes = await attemptOnce(asked, deadline, client);
      return new Map([...outcomes, ...refused]);
    } catch (error) {
      if (!(error instanceof QuoteError)) throw error;
      const others = asked.filter((symbol) => symbol !== error.refusedSymbol);
      if (error.refusedSymbol && others.length > 0) {
        if (refused.size === MAX_REFUSED_SYMBOLS) {
          throw new QuoteError('refused', 'the quote API refuses too many of the symbols');
        }
        refused.set(error.refusedSymbol, { missed: error.reason });
        asked = others;
        continue;
      }
      const retryAt = client.clock.now() + pauseMs(error, failures++, client.random());
      if (retryAt + SHORTEST_ATTEMPT_MS > deadline) throw error;
      await sleepUntil(client.clock, retryAt);
    }
  }
}

async function attemptOnce(
  symbols: readonly string[],
  deadline: number,
  { source, access, get, clock }: QuoteClient,
): Promise<QuoteOutcomes> {
  const request = source.request(symbols, access);
  const timeout = Math.min(deadline, clock.now() + ATTEMPT_TIMEOUT_MS);
  let answer: HttpAnswer;
  try {
    answer = await within(clock, timeout, (signal) => get(request, signal));
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    throw new QuoteError('timeout', 'no answer in time');
  }
  try {
    if (answer.status === 200) return source.readAnswer(parseJson(answer.body), symbols);
    throw statusError(answer, symbols, source);
  } catch (error) {
    if (error instanceof QuoteError) {
      error.retryAfterMs = readRetryAfter(answer.retryAfter, clock.wallTime());
    }
    throw error;
  }
}

/** How long to wait (ms) before the next attempt; endless where none would help. */
function pauseMs(error: QuoteError, failures: number, random: number): number {
  const first = FIRST_PAUSE_MS[error.reason];
  if (first === undefined) return Number.POSITIVE_INFINITY;
  // Half of the pause is left to chance, so that the symbols of a tick do not come back together.
  const pause = first * 2 ** failures * (0.5 + random / 2);
  return Math.max(pause, error.retryAfterMs ?? 0);
}

function statusError(
  { status, body }: HttpAnswer,
  symbols: readonly string[],
  source: QuoteSource,
): QuoteError {
  const message = `the quote API answered ${status}`;
  if (symbols.length === 1 && source.unknownSymbolStatuses.includes(status)) {
    return new QuoteError('unknown_symbol', message);
  }
  if (status === 429) return new QuoteError('throttled', message);
  if (status === 401 || status === 403) return new QuoteError('unauthorized', message);
  if (status >= 500) return new QuoteError('server_error', message);
  const named = status === 400 ? source.readRefusedSymbol?.(body) : undefined;
  return named !== undefined && symbols.includes(named)
    ? new QuoteError('unknown_symbol', message, named)
    : new QuoteError('refused', message);
}

/** `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3); the result is in ms. */
function readRetryAfter(header: string | null, wallTime: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - wallTime;
  return Number.isNaN(ms) ? undefined : ms;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the answer, which may quote the token.
    throw new QuoteError('invalid_answer', 'the answer is not JSON');
  }
}
