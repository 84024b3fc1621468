import { newestClosedWindowEnd, WINDOW_PERIOD_MS } from 'iex-contract';
import type { MarketData, StockWindow } from '../market-data/market-data.js';
import type { Health } from './api.js';

/** What a running pipeline knows of its work. */
export interface Throughput {
  /** Of the last minute or so. */
  quotesPerSecond: number;
  /** Of the last minute or so. */
  rowsPerSecond: number;
  /** Since the start. */
  quotes: number;
  /** Since the start. */
  rows: number;
}

/** Counts a pipeline's work as it goes on. */
export interface HealthSource {
  health(): Throughput;
}

/**
 * Finds out how the pipeline is.
 *
 * @param resolutions lengths of the windows, in minutes
 * @param shortest the latest window of the shortest resolution; undefined before there is one
 * @param newestWindowEnd end of the newest closed window of any resolution; null before there is one
 * @param source counts what the pipeline does; without it the throughput is what the latest window holds
 * @param time the present, in milliseconds since the epoch
 */
export async function readHealth(
  marketData: MarketData,
  resolutions: readonly number[],
  shortest: StockWindow | undefined,
  newestWindowEnd: number | null,
  source: HealthSource | undefined,
  time: number,
): Promise<Health> {
  const resolution = Math.min(...resolutions);
  const [activity, deadLetters] = await Promise.all([
    // Before the first window closes, the quotes lie in windows that are still open.
    marketData.activity(resolution, shortest?.windowEnd ?? newestClosedWindowEnd(time)),
    marketData.deadLetters(),
  ]);
  const quotesPerSecond =
    shortest && time - shortest.windowEnd < 60_000 * resolution
      ? (activity?.quotesInWindow ?? 0) / (60 * resolution)
      : 0;
  return {
    time,
    ...(source?.health() ?? {
      quotesPerSecond,
      rowsPerSecond: quotesPerSecond * rowsPerQuote(resolutions),
      quotes: null,
      rows: null,
    }),
    newestQuote: activity?.newestQuote ?? null,
    newestWindowEnd,
    deadLetters,
  };
}

/** A quote makes one row for each window that holds it. */
function rowsPerQuote(resolutions: readonly number[]): number {
  return resolutions.reduce((rows, minutes) => rows + (60_000 * minutes) / WINDOW_PERIOD_MS, 0);
}
