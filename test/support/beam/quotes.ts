import { expect } from 'chai';
import { type ReferenceQuote, referenceRows } from '../reference.js';

const MICROSECONDS = 1000;

/** Distinct quotes. */
export const quotesOf = (count: number, first = 0): ReferenceQuote[] =>
  Array.from({ length: count }, (_, i) => ({
    symbol: `S${first + i}`,
    latest_price: (first + i + 1) / 100,
    eventTime: Date.UTC(2026, 0, 5, 15, 0, 0, 7) + 1237 * (first + i),
  }));

/**
 * The message of a quote.
 *
 * @param padding how many extra bytes it has
 */
export function messageOf(quote: ReferenceQuote, padding = 0): Buffer {
  const { symbol, latest_price, eventTime } = quote;
  const event_time = new Date(eventTime).toISOString();
  return Buffer.from(
    JSON.stringify({ symbol, latest_price, event_time, padding: 'x'.repeat(padding) }),
  );
}

/** The rows that quotes make, as the pipeline has them. */
export function rowsOf(quotes: readonly ReferenceQuote[], resolutions: readonly number[]) {
  return referenceRows(quotes, resolutions).map((row) => ({
    symbol: row.symbol,
    latest_price: row.latest_price,
    window_end: row.windowEnd * MICROSECONDS,
    event_time: row.eventTime * MICROSECONDS,
    resolution_minutes: row.resolution,
  }));
}

/**
 * Compares rows in any order, including how often each occurs; faster than chai for a million rows.
 */
export function expectRows(
  actual: readonly unknown[] = [],
  expected: readonly unknown[],
  what = 'rows',
): void {
  const surplus = new Map<string, number>();
  const count = (row: unknown, by: number) => {
    const key = JSON.stringify(row);
    const sum = (surplus.get(key) ?? 0) + by;
    if (sum === 0) surplus.delete(key);
    else surplus.set(key, sum);
  };
  for (const row of expected) count(row, -1);
  for (const row of actual) count(row, 1);
  const message = `${what}: ${actual.length} of ${expected.length}; surplus`;
  expect([...surplus].slice(0, 3), message).to.deep.equal([]);
}
