import { priceSchema } from 'iex-contract';
import type { z } from 'zod';
import type { QuoteSourceSettings } from './settings.js';

/** Why a slot has no quote of a symbol; the names are those in logs and counters. */
export type MissReason =
  /** The slot was over when the message arrived. */
  | 'late'
  /** The API's rate limit was reached. */
  | 'throttled'
  /** No response within the slot. */
  | 'timeout'
  /** No connection, or one that broke. */
  | 'network'
  /** The API responded with 5xx. */
  | 'server_error'
  /** The API did not accept the token. */
  | 'unauthorized'
  /** The API responded with a status other than 200, or reported another error. */
  | 'refused'
  /** The response was not JSON, not of the documented shape, or too large. */
  | 'invalid_response'
  /** The response had no price, or one that cannot be true. */
  | 'no_price'
  /** The API does not know the symbol, or does not serve it. */
  | 'unknown_symbol'
  /** Pub/Sub did not accept the quote. */
  | 'publish_failed'
  /** A bug in this program. */
  | 'fault';

/** Why there is no quote of a symbol. */
export interface Miss {
  readonly missed: MissReason;
  /** Details for the log. */
  readonly detail?: string;
  /** Whether it has been logged already. */
  readonly isLogged?: boolean;
}

/** The result of a request for one symbol. */
export type QuoteOutcome = { readonly price: number } | Miss;

/** Outcomes by symbol, spelled as in the request and not as the API spells it. */
export type QuoteOutcomes = ReadonlyMap<string, QuoteOutcome>;

/** The refusal of a whole request, maybe because of some of its symbols. */
export interface Refusal {
  /** The symbols that the API names as the cause; empty if it names none. */
  readonly named: readonly string[];
}

/** Thrown if a request brought no quote for any of its symbols. It never contains the URL. */
export class QuoteError extends Error {
  override readonly name = 'QuoteError';
  readonly reason: MissReason;
  /** Set if a request for fewer symbols may succeed. */
  readonly refusal: Refusal | undefined;
  /** How long the API asks not to be called, in ms; set by the code that reads the headers. */
  retryAfterMs: number | undefined;

  constructor(reason: MissReason, message: string, refusal?: Refusal) {
    super(message);
    this.reason = reason;
    this.refusal = refusal;
  }
}

/** Address and credentials of a quote API. */
export interface QuoteAccess {
  readonly baseUrl: URL;
  readonly token: string | undefined;
}

/** A GET request to a quote API. */
export interface QuoteRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** Everything that is specific to one quote API. */
export interface QuoteSource extends QuoteSourceSettings {
  /** The form of the token, if it has parts. */
  readonly tokenForm?: { readonly pattern: RegExp; readonly description: string };
  /**
   * The HTTP statuses, or codes in the place of one, by which the API says that it does not know or
   * serve a symbol.
   */
  readonly unknownSymbolStatuses: readonly number[];
  /** The request for the quotes of 1 to `maxSymbols` symbols. */
  request(symbols: readonly string[], access: QuoteAccess): QuoteRequest;
  /**
   * Reads a response of status 200 that reports no error: an outcome for each of the symbols.
   *
   * @throws {QuoteError} if the response has no outcome for any of them
   */
  readResponse(body: unknown, symbols: readonly string[]): QuoteOutcomes;
}

/** A price that can be true; anything else in its place counts as no price. */
export const optionalPriceSchema = priceSchema.optional().catch(undefined);

/** The outcome of a symbol that the API knows. */
export function priceOutcome(price: number | undefined): QuoteOutcome {
  return price === undefined ? { missed: 'no_price' } : { price };
}

/**
 * Finds the outcome of each symbol among the entries of a response. Upper and lower case do not
 * matter: some APIs respond in upper case. Symbols without an entry are unknown to the API.
 */
export function outcomesOf<T>(
  symbols: readonly string[],
  entries: Iterable<readonly [symbol: string, entry: T]>,
  read: (entry: T) => QuoteOutcome,
): QuoteOutcomes {
  const bySymbol = new Map<string, QuoteOutcome>();
  for (const [symbol, entry] of entries) bySymbol.set(symbol.toUpperCase(), read(entry));
  return new Map(
    symbols.map((symbol) => [
      symbol,
      bySymbol.get(symbol.toUpperCase()) ?? { missed: 'unknown_symbol' },
    ]),
  );
}

/**
 * Validates a response.
 *
 * @throws {QuoteError} with reason `invalid_response` if it is not of the schema's shape
 */
export function readShape<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = ['response', ...(issue?.path ?? [])].join('.');
  throw new QuoteError('invalid_response', `not the documented shape: ${where}: ${issue?.message}`);
}

/** `path` below the base URL, with a query. Path segments must be percent-encoded already. */
export function endpoint(baseUrl: URL, path: string, query: Record<string, string> = {}): URL {
  const url = new URL(baseUrl);
  url.pathname = baseUrl.pathname.replace(/\/+$/, '') + path;
  url.search = new URLSearchParams(query).toString();
  return url;
}
