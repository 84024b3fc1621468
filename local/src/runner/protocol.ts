import type { WindowRanking } from 'iex-dashboard/market-data/market-data';

/** The runner process's one argument, as JSON. */
export interface RunnerConfig {
  projectId: string;
  database: string;
  resolutions: readonly number[];
  /** The dashboard's. */
  port: number;
  /** Names other than loopback's under which the dashboard is served. */
  allowedHosts: readonly string[];
}

/** The counts of one batch. */
export interface Counts {
  quotes: number;
  rows: number;
  deadLetters: number;
}

/** What a runner reports when it is ready. */
export interface Readiness {
  dashboardUrl: string;
  /** Whether the database has no rows of quotes. */
  isDatabaseEmpty: boolean;
}

/** The counts of one batch of a resolution. */
export interface Committed extends Counts {
  resolutionMinutes: number;
}

/** A message from the runner process to the process that started it. */
export type RunnerMessage =
  | ({ type: 'ready' } & Readiness)
  | ({ type: 'committed' } & Committed)
  /** Something that the user should know, in one line. */
  | { type: 'notice'; notice: string }
  /** A window of each resolution has closed. */
  | { type: 'rankings'; rankings: WindowRanking[] };

/** A message to the runner process. */
export type RunnerCommand =
  /** Process what has arrived, close the database and exit. */
  | { type: 'drain' }
  /** Show on the dashboard why no quotes arrive; null if they do. */
  | { type: 'notice'; notice: string | null };
