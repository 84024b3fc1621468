import { bytesOfColumn, deployment, read } from './deployment.js';

/**
 * The bytes that BigQuery stores, reads and bills if it computes the windows of the table `tick`
 * (`window_engine = "bigquery"`).
 */

const columns: { name: string; type: string }[] = JSON.parse(read('schemas/tick.json'));
const { repeat_minutes: repeatMinutes }: { repeat_minutes: number } = JSON.parse(
  read('quote-rules.json'),
);

const SECONDS_PER_DAY = 86_400;
const QUOTES_PER_MINUTE = 6;

/** How often the materialized view `tick_refused` is refreshed, in seconds. */
const REFRESH_SECONDS = 1800;

/** Texts of the usual length. An ID of Pub/Sub has 17 digits. */
const TEXTS: Record<string, string> = {
  symbol: 'A'.repeat(Math.round(deployment.symbolBytes)),
  subscription_name: 'projects/my-project-123/subscriptions/iex-aggregate-tick',
  message_id: '12345678901234567',
  attributes: '{"quote_id":"12345678901234567/AAPL/0"}',
};

function bytesOf(names: readonly string[]): number {
  return columns
    .filter(({ name }) => names.includes(name))
    .reduce(
      (sum, { name, type }) =>
        sum + bytesOfColumn(type, type === 'STRING' ? TEXTS[name]!.length : 0),
      0,
    );
}

/** The columns that a query names. */
function columnsIn(query: string): string[] {
  const names = new Set(read(`views/bigquery-engine/${query}`).match(/\w+/g));
  return columns.map(({ name }) => name).filter((name) => names.has(name));
}

/** The bytes of a tick: of all columns, and of those that are read. */
export const tickBytes = {
  stored: bytesOf(columns.map(({ name }) => name)),
  /** By a query of windows. */
  quotes: bytesOf(columnsIn('quote.sql')),
  /** By the materialized view `tick_refused`, when it is refreshed. */
  refused: bytesOf([...columnsIn('tick_refused.sql'), ...columnsIn('refusal.sql')]),
};

/** The bytes that a read takes, if quotes are taken all day. */
export interface BytesRead {
  /** Of the rows that are needed: clustering leaves out all others. */
  least: number;
  /** Of whole partitions, which is what BigQuery estimates before it runs a query. */
  most: number;
}

const ticksPerSecond = (symbols: number) => (symbols * QUOTES_PER_MINUTE) / 60;

/**
 * The bytes that a query of the windows reads which end within a time, for each time that it names
 * them.
 *
 * @param seconds how long the time is; 0 for a single end. A day or longer begins at midnight, a
 *   shorter time does not contain one
 */
export function bytesOfWindows(symbols: number, seconds: number): BytesRead {
  // The read begins earlier, for the longest window and for repeated deliveries.
  const read = seconds + 60 * (Math.max(...deployment.resolutions) + repeatMinutes);
  const bytesPerSecond = ticksPerSecond(symbols) * tickBytes.quotes;
  return {
    least: read * bytesPerSecond,
    most: Math.ceil(read / SECONDS_PER_DAY) * SECONDS_PER_DAY * bytesPerSecond,
  };
}

/** The bytes that the refreshes of `tick_refused` read in some time, in seconds: each tick once. */
export function refreshBytes(symbols: number, seconds: number): number {
  return ticksPerSecond(symbols) * seconds * tickBytes.refused;
}

/**
 * The bytes that each of the dashboard's queries reads for a window that closes. BigQuery bills
 * more: at least 10 MB for each.
 */
export function dashboardQueries(symbols: number): BytesRead[] {
  const window = bytesOfWindows(symbols, 0);
  const twice = { least: 2 * window.least, most: 2 * window.most };
  return [
    // Gains and ranks, for each resolution.
    ...deployment.resolutions.map(() => twice),
    // The trends of 15 minutes.
    bytesOfWindows(symbols, 15 * 60),
    // The newest quote.
    window,
    // Dead letters: of the materialized view, and of the ticks since its last refresh.
    { least: 0, most: refreshBytes(symbols, REFRESH_SECONDS) },
  ];
}
