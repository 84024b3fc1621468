import { newestClosedWindowEnd, rowsPerQuote } from 'iex-contract';
import type { MarketData, StockWindow } from '../market-data/market-data.js';
import type { Health } from './api.js';

/** A running pipeline's counts of its work. */
export interface Throughput {
  /** Of the last minute or so. */
  quotesPerSecond: number;
  /** Of the last minute or so. */
  rowsPerSecond: number;
  /** Since the start. */
  quotes: number;
  /** Since the start. */
  rows: number;
  /** Why no quotes arrive, for people to read; null or missing if they do. */
  notice?: string | null;
}

/** Counts a pipeline's work while it runs. */
export interface HealthSource {
  health(): Throughput;
}

/**
 * Reads how the pipeline is doing.
 *
 * @param resolutions lengths of the windows, in minutes
 * @param windows the latest window of each resolution that has one
 * @param source counts the pipeline's work; without it the throughput is derived from the latest
 *   window
 * @param time the present, in milliseconds since the epoch
 */
export async function readHealth(
  marketData: MarketData,
  resolutions: readonly number[],
  windows: readonly StockWindow[],
  source: HealthSource | undefined,
  time: number,
): Promise<Health> {
  const resolution = Math.min(...resolutions);
  const shortest = windows.find(({ resolutionMinutes }) => resolutionMinutes === resolution);
  const [activity, deadLetters] = await Promise.all([
    // Before the first window closes, the quotes lie in windows that are still open.
    marketData.activity(resolution, shortest?.windowEnd ?? newestClosedWindowEnd(time)),
    marketData.deadLetters(),
  ]);
  const quotesPerSecond =
    shortest && time - shortest.windowEnd < 60_000 * resolution
      ? (activity?.quotesInWindow ?? 0) / (60 * resolution)
      : 0;
  const throughput = source?.health();
  return {
    time,
    ...(throughput ?? {
      quotesPerSecond,
      rowsPerSecond: quotesPerSecond * rowsPerQuote(resolutions),
      quotes: null,
      rows: null,
    }),
    notice: throughput?.notice ?? null,
    newestQuote: activity?.newestQuote ?? null,
    newestWindowEnd:
      windows.length > 0 ? Math.max(...windows.map(({ windowEnd }) => windowEnd)) : null,
    deadLetters,
  };
}
