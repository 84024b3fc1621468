import { z } from 'zod';
import { type MissReason, QuoteError, type QuoteSource } from './source.js';

/** A response in which a quote API reports an error. */
interface ApiError {
  /** The HTTP status, or the one that fits an error in a response of status 200. */
  readonly status: number;
  /** What the API says about it. It may repeat the token, so it must not be logged. */
  readonly text: string;
}

/**
 * The forms in which the APIs report an error as JSON. All of them do so with status 200 at times:
 * Twelve Data as a rule, Finnhub and Tiingo when a limit is reached.
 */
const errorSchema = z.union([
  z.object({ error: z.string() }).transform(({ error }) => ({ text: error, code: undefined })),
  z.object({ detail: z.string() }).transform(({ detail }) => ({ text: detail, code: undefined })),
  z
    .object({ message: z.string(), code: z.number().optional() })
    .transform(({ message, code }) => ({ text: message, code })),
  z
    .object({ status: z.literal('error'), code: z.number() })
    .transform(({ code }) => ({ text: '', code })),
]);

/**
 * The status for the text of an error that has no status or code of its own; the first match
 * counts.
 */
const STATUS_BY_TEXT: readonly (readonly [pattern: RegExp, status: number])[] = [
  [/limit|too many|credits|quota|allocation|throttl/i, 429],
  [/api[ _-]?key|token|credential|auth|forbidden|access|permission/i, 401],
  [/unknown symbol|not found/i, 404],
];

/** A text (characters) longer than this is not an API's error message. */
const LONGEST_ERROR_TEXT = 4_000;

/**
 * The statuses by which an API may refuse a whole request because of one of its symbols: those that
 * blame the request, and neither the account, the method nor the server.
 */
const BLAMING_STATUSES: readonly number[] = [400, 404, 410, 413, 414, 422, 451];

/**
 * Finds the error that a response reports, if any.
 *
 * @param json the response's body, parsed; `undefined` if it is not JSON
 */
export function readApiError(status: number, body: string, json: unknown): ApiError | undefined {
  const error = errorSchema.safeParse(json).data;
  const text = error?.text ?? body.slice(0, LONGEST_ERROR_TEXT);
  if (status !== 200) return { status, text };
  if (error) return { status: statusOfCode(error.code) ?? statusOfText(text) ?? 400, text };
  if (json !== undefined || body.length > LONGEST_ERROR_TEXT || /^\s*</.test(body)) {
    return undefined;
  }
  const fitting = statusOfText(body);
  return fitting === undefined ? undefined : { status: fitting, text };
}

/** Twelve Data's codes are HTTP statuses; Alpaca's begin with one, such as 42910000. */
function statusOfCode(code: number | undefined): number | undefined {
  const status = Number(String(code).slice(0, 3));
  return status >= 400 && status <= 599 ? status : undefined;
}

function statusOfText(text: string): number | undefined {
  return STATUS_BY_TEXT.find(([pattern]) => pattern.test(text))?.[1];
}

/** The failure of a request for some symbols to which the API responded with an error. */
export function quoteErrorOf(
  { status, text }: ApiError,
  symbols: readonly string[],
  source: QuoteSource,
): QuoteError {
  const message = `the quote API responded with error ${status}`;
  const isUnknown = source.unknownSymbolStatuses.includes(status);
  if (symbols.length === 1 && isUnknown) {
    return new QuoteError('unknown_symbol', message, { named: [] });
  }
  const reason = reasonOfStatus(status);
  const blamesRequest = isUnknown || BLAMING_STATUSES.includes(status);
  if (reason !== 'refused' || !blamesRequest) return new QuoteError(reason, message);
  const named = namedSymbols(text, symbols);
  const isNamed = symbols.length === 1 && named.length === 1;
  return new QuoteError(isNamed ? 'unknown_symbol' : 'refused', message, { named });
}

/** Why there is no quote, by the HTTP status of an error. */
export function reasonOfStatus(status: number): MissReason {
  if (status === 429) return 'throttled';
  if (status === 401 || status === 403) return 'unauthorized';
  return status >= 500 ? 'server_error' : 'refused';
}

/**
 * Those of the symbols that an error names as its cause, such as in `invalid symbol: BRK-B` or
 * `symbols not found: A, B`. If it names all of several, it only repeats the request.
 */
function namedSymbols(text: string, symbols: readonly string[]): string[] {
  const list = /\b(?:symbol|ticker)s?\b[^:]{0,40}:\s*([^\s,]+(?:\s*,\s*[^\s,]+)*)/i.exec(text)?.[1];
  if (list === undefined) return [];
  const words = list.split(',').map((word) => word.replace(/^[\s"'[(]+|[\s"'\])}.]+$/g, ''));
  const listed = new Set(words.map((word) => word.toUpperCase()));
  const named = symbols.filter((symbol) => listed.has(symbol.toUpperCase()));
  return named.length === symbols.length && named.length > 1 ? [] : named;
}
