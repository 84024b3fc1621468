import { setTimeout as delay } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { OperationalError } from 'iex-cli/errors';
import { rowsPerQuote } from 'iex-contract';
import { resolutions } from 'iex-contract/infrastructure';
import { type Arrivals, rowsOf } from './arrivals.js';
import type { Load } from './load.js';

/** How often rows are counted, in ms; no lag is known more exactly. */
const POLL_MS = 2000;

/** How long to wait for more rows, in ms. */
const PATIENCE_MS = 180_000;

export interface BigQueryArrivalsOptions {
  projectId: string;
  dataset: string;
  /** Another endpoint than Google's, for tests. */
  apiEndpoint?: string;
  pollMs?: number;
  patienceMs?: number;
}

/**
 * Waits until all rows of a load test have arrived in the table of a deployed pipeline, or no more
 * do. Rows do not say when they arrived, so they are counted again and again. They are taken to
 * arrive in the order in which their quotes were published.
 *
 * @param load grows until `published` resolves
 * @throws {OperationalError} if BigQuery refuses the query
 */
export async function arrivalsInBigQuery(
  load: Load,
  published: Promise<unknown>,
  options: BigQueryArrivalsOptions,
): Promise<Arrivals> {
  const { dataset, pollMs = POLL_MS, patienceMs = PATIENCE_MS, ...clientOptions } = options;
  const client = new BigQuery(clientOptions);
  const lags: number[] = [];
  let isPublished = false;
  let lastChange = Date.now();
  const noteEnd = () => {
    isPublished = true;
    lastChange = Date.now();
  };
  // Whoever publishes gets the error.
  published.then(noteEnd, noteEnd);
  for (let rows = 0; ; await delay(pollMs)) {
    const counted = await countRows(client, dataset, load);
    const now = Date.now();
    if (counted > rows) lastChange = now;
    rows = counted;
    const complete = Math.min(Math.floor(rows / rowsPerQuote(resolutions)), load.times.length);
    for (const time of load.times.slice(lags.length, complete)) lags.push(now - time);
    const isOver = rows >= rowsOf(load.times.length) || now - lastChange > patienceMs;
    if (isPublished && isOver) return { rows, lags };
  }
}

async function countRows(
  client: BigQuery,
  dataset: string,
  { prefix, start }: Load,
): Promise<number> {
  const { projectId } = client;
  try {
    const [[row]] = await client.query({
      // A window ends after its quotes, and the table is partitioned by the ends.
      query: `SELECT COUNT(*) AS row_count FROM \`${projectId}.${dataset}.quote\`
              WHERE window_end >= @since AND STARTS_WITH(symbol, @prefix)`,
      params: { since: BigQuery.timestamp(new Date(start)), prefix },
      labels: { application: 'iex-stream', component: 'load-test' },
    });
    return Number(row.row_count);
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    throw new OperationalError(`BigQuery, dataset ${dataset} of project ${projectId}: ${reason}`, {
      cause: error,
    });
  }
}
