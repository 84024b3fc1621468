import type { WindowRanking } from 'iex-dashboard/market-data/index';

/** What the runner process is started with, as its one argument in JSON. */
export interface RunnerConfig {
  projectId: string;
  database: string;
  resolutions: readonly number[];
  /** Of the dashboard. */
  port: number;
  /** Names other than loopback's under which the dashboard is served. */
  allowedHosts: readonly string[];
}

/** What one batch added. */
export interface Committed {
  resolutionMinutes: number;
  quotes: number;
  rows: number;
  deadLetters: number;
}

/** What the runner process tells the process that started it. */
export type RunnerMessage =
  | { type: 'ready'; dashboardUrl: string }
  | ({ type: 'committed' } & Committed)
  /** A window of each resolution has closed. */
  | { type: 'rankings'; rankings: WindowRanking[] };

/** The one thing it is told: process what has arrived, close the database and exit. */
export interface DrainMessage {
  type: 'drain';
}
