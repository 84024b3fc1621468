import { rowsPerQuote } from 'iex-contract';
import { resolutions } from 'iex-contract/infrastructure';
import type { Load } from './load.js';

/** What arrived of a load test in the pipeline's store. */
export interface Arrivals {
  rows: number;
  /** From publishing a quote to its last row, in ms; for the quotes of which all rows arrived. */
  lags: number[];
}

/** How many rows a number of quotes makes. */
export const rowsOf = (quotes: number): number => quotes * rowsPerQuote(resolutions);

const count = (n: number) => n.toLocaleString('en');

/** What a load test published, in lines. */
export function loadReport({ times, start, end }: Load): string[] {
  const rate = times.length / Math.max(0.001, (end - start) / 1000);
  return [`Published ${count(times.length)} quotes, ${rate.toFixed(1)} per second.`];
}

/** What of it arrived, in lines. */
export function arrivalReport({ times }: Load, { rows, lags }: Arrivals): string[] {
  const sorted = lags.toSorted((a, b) => a - b);
  const lag = (share: number) => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    return value === undefined ? '–' : `${(value / 1000).toFixed(1)} s`;
  };
  return [
    `Rows: ${count(rows)} of ${count(rowsOf(times.length))} arrived.`,
    `From publishing to the last row: p50 ${lag(0.5)}, p99 ${lag(0.99)}, max ${lag(1)}.`,
  ];
}
