/**
 * What the server sends to the page, as JSON. All times are milliseconds since the epoch by the
 * server's clock.
 */
import type { DeadLetters, PricePoint, StockWindow, Trends } from '../market-data/market-data.js';

export type { DeadLetter, DeadLetters, WindowStock } from '../market-data/market-data.js';
export type { PricePoint, StockWindow, Trends };

/** How the pipeline is doing. */
export interface Health {
  /** When this was sent; the page takes its time from it. */
  time: number;
  /** Why no quotes arrive, for people to read; null if they do, or if the reason is unknown. */
  notice: string | null;
  quotesPerSecond: number;
  rowsPerSecond: number;
  /** Since the pipeline was started; null if nobody counts. */
  quotes: number | null;
  /** Since the pipeline was started; null if nobody counts. */
  rows: number | null;
  /** Event time of the newest quote; null before there is one. */
  newestQuote: number | null;
  /** End of the newest closed window that has quotes; null before there is one. */
  newestWindowEnd: number | null;
  deadLetters: DeadLetters;
}

/** Everything that the page shows, except for the prices of the chosen stock. */
export interface DashboardState {
  /** When this was sent; the page takes its time from it. */
  time: number;
  /** Where the data comes from, for people to read. */
  source: string;
  /** Lengths of the windows, in minutes. */
  resolutions: readonly number[];
  /** The latest window of each resolution that has one. */
  windows: StockWindow[];
  trends: Trends;
  /** Null before it was first read. */
  health: Health | null;
  /** Why the data could not be read at the last attempt; null if it could. */
  problem: string | null;
}

/** The server-sent events: first `state`, then each change. */
export interface DashboardEvents {
  state: DashboardState;
  window: StockWindow;
  trends: Trends;
  health: Health;
  problem: string | null;
}

export type DashboardEventName = keyof DashboardEvents;

/** The prices of a stock, for its chart. */
export interface PriceHistory {
  symbol: string;
  resolutionMinutes: number;
  /** Oldest first. */
  points: PricePoint[];
}

/** The body of the response to a request that failed. */
export interface ApiError {
  error: string;
}
