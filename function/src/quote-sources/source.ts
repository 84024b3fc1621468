import { z } from 'zod';
import type { QuoteSourceSettings } from './settings.js';

/** Why a symbol brought no quote in a slot; the names stand in logs and counters. */
export type MissReason =
  /** The slot was over when the message arrived. */
  | 'late'
  /** The API's rate limit was reached. */
  | 'throttled'
  /** No answer within the slot. */
  | 'timeout'
  /** No connection, or one that broke. */
  | 'network'
  /** The API answered 5xx. */
  | 'server_error'
  /** The API did not accept the token. */
  | 'unauthorized'
  /** The API answered with any other status than 200. */
  | 'refused'
  /** The answer was not JSON, not of the documented shape, or too large. */
  | 'invalid_answer'
  /** The answer had no price, or one that is not a positive number. */
  | 'no_price'
  /** The API does not know the symbol. */
  | 'unknown_symbol'
  /** The quote was taken, and Pub/Sub did not take it over. */
  | 'publish_failed'
  /** This program failed. */
  | 'fault';

/** What a request brought for one symbol. */
export type QuoteOutcome = { readonly price: number } | { readonly missed: MissReason };

/**
 * Outcomes by the symbol as it was asked for, not as the API spells it: what comes out of a tick
 * has the names that went in.
 */
export type QuoteOutcomes = ReadonlyMap<string, QuoteOutcome>;

/** Thrown where a request brought nothing for any of its symbols. It never holds the URL. */
export class QuoteError extends Error {
  override readonly name = 'QuoteError';
  readonly reason: MissReason;
  /** The one symbol for whose sake the API refused the whole request. */
  readonly refusedSymbol: string | undefined;
  /** How long the API asks to be left alone, in ms; set by what reads the answer's headers. */
  retryAfterMs: number | undefined;

  constructor(reason: MissReason, message: string, refusedSymbol?: string) {
    super(message);
    this.reason = reason;
    this.refusedSymbol = refusedSymbol;
  }
}

/** Where and as whom to ask a quote API. */
export interface QuoteAccess {
  readonly baseUrl: URL;
  readonly token: string | undefined;
}

/** A GET request to a quote API. */
export interface QuoteRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** All that is particular to one quote API. */
export interface QuoteSource extends QuoteSourceSettings {
  /** What the token looks like, where it is more than one opaque word. */
  readonly tokenForm?: { readonly pattern: RegExp; readonly description: string };
  /** The HTTP statuses by which the API says that it does not know a symbol. */
  readonly unknownSymbolStatuses: readonly number[];
  /** The request for the quotes of 1 to `maxSymbols` symbols. */
  request(symbols: readonly string[], access: QuoteAccess): QuoteRequest;
  /**
   * Reads an answer of status 200: an outcome for every one of the symbols.
   *
   * @throws QuoteError where the answer is of no use for any of them
   */
  readAnswer(body: unknown, symbols: readonly string[]): QuoteOutcomes;
  /** The symbol that an answer of status 400 names as the cause; for APIs that refuse a batch so. */
  readonly readRefusedSymbol?: (body: string) => string | undefined;
}

/** No share costs as much (dollars); and any number of prices below it add up without overflow. */
const PRICE_LIMIT = 1e9;

/** A price that can be true. */
export const truePriceSchema = z.number().positive().lt(PRICE_LIMIT);

/** The same where anything else in its place counts as no price. */
export const priceSchema = truePriceSchema.optional().catch(undefined);

/** The outcome of a symbol that the API knows. */
export function priceOutcome(price: number | undefined): QuoteOutcome {
  return price === undefined ? { missed: 'no_price' } : { price };
}

/**
 * Finds the outcome of each symbol among the entries of an answer, whatever their case: some APIs
 * answer in upper case. Symbols without an entry are unknown to the API.
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
 * Validates an answer.
 *
 * @throws QuoteError with reason `invalid_answer` where it is not of the schema's shape
 */
export function readShape<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = ['answer', ...(issue?.path ?? [])].join('.');
  throw new QuoteError('invalid_answer', `not the documented shape: ${where}: ${issue?.message}`);
}

/** `path` below the base URL, with a query. Path segments must come percent-encoded. */
export function endpoint(baseUrl: URL, path: string, query: Record<string, string> = {}): URL {
  const url = new URL(baseUrl);
  url.pathname = baseUrl.pathname.replace(/\/+$/, '') + path;
  url.search = new URLSearchParams(query).toString();
  return url;
}
