import { TICKER_PATTERN } from 'iex-contract';
import { z } from 'zod';
import { MalformedEventError } from './event.js';
import type { LogFields, Logger } from './log.js';

/** The tickers of a message, and the entries that were left out. */
export interface Tickers {
  /** Well-formed and distinct, in the order of the message; never empty. */
  readonly tickers: readonly string[];
  readonly duplicates: readonly string[];
  /** How many entries were not tickers: empty, not a string, too long, or of wrong characters. */
  readonly invalid: number;
}

const payloadSchema = z.union([
  z.object({ tickers: z.array(z.unknown()) }).transform(({ tickers }) => tickers),
  z.object({ ticker: z.unknown() }).transform(({ ticker }) => [ticker]),
]);

/**
 * Reads `{"ticker": "AAPL"}` or `{"tickers": ["AAPL", ...]}`. A bad entry is counted, not fatal.
 *
 * @throws {MalformedEventError} if the payload is of neither shape or names no ticker
 */
export function readTickers(payload: unknown): Tickers {
  const entries = payloadSchema.safeParse(payload);
  if (!entries.success) {
    throw new MalformedEventError('the message is neither {"ticker"} nor {"tickers"}', {
      cause: entries.error,
    });
  }
  const tickers = new Set<string>();
  const duplicates = new Set<string>();
  let invalid = 0;
  for (const entry of entries.data) {
    if (typeof entry !== 'string' || !TICKER_PATTERN.test(entry)) invalid++;
    else if (tickers.has(entry)) duplicates.add(entry);
    else tickers.add(entry);
  }
  if (tickers.size === 0) {
    throw new MalformedEventError(`the message names no ticker (invalid entries: ${invalid})`);
  }
  return { tickers: [...tickers], duplicates: [...duplicates], invalid };
}

/** How many symbols a log entry names. An alarm may carry 10,000, an entry 256 kB. */
const NAMED_SYMBOLS = 10;

/** The log fields for a list of symbols: `symbol` if it is only one, else the first few. */
export function nameSome(symbols: readonly string[]): LogFields {
  if (symbols.length === 1) return { symbol: symbols[0] };
  return { symbols: symbols.slice(0, NAMED_SYMBOLS) };
}

/** Logs which of a message's entries were left out, if any. */
export function reportOmissions({ duplicates, invalid }: Tickers, log: Logger): void {
  if (duplicates.length === 0 && invalid === 0) return;
  log.warning(`left out ${duplicates.length} duplicate and ${invalid} malformed tickers`, {
    duplicates: duplicates.length,
    malformed: invalid,
    ...(duplicates.length > 0 && nameSome(duplicates)),
  });
}
