import { setTimeout as delay } from 'node:timers/promises';
import { resolutions } from 'iex-contract/infrastructure';
import { DELIVERED_MESSAGE } from '../store/schema.js';
import { Store, StoreError } from '../store/store.js';
import type { Arrivals } from './arrivals.js';
import { type Load, loadId } from './load.js';

const RETRY_MS = 1000;

/**
 * Reads which rows of a load test have arrived in the database of `npm start`, once the pipeline,
 * which alone can open it, has stopped. It has the time at which the rows of each message were
 * committed.
 *
 * @param onWait called once, with the reason, if another process has the database open
 */
export async function arrivalsInDuckDb(
  load: Load,
  published: Promise<unknown>,
  database: string,
  onWait: (reason: string) => void,
): Promise<Arrivals> {
  await published;
  const ids = loadId(load, '');
  const store = await open(database, onWait);
  const connection = await store.connect();
  try {
    const counted = await connection.runAndReadAll(
      'SELECT count(*) FROM iex.quote WHERE starts_with(symbol, $1)',
      [load.prefix],
    );
    const committed = await connection.runAndReadAll(
      `SELECT message_id, epoch_ms(max(committed_at)) FROM ${DELIVERED_MESSAGE}
       WHERE starts_with(message_id, $1) GROUP BY message_id HAVING count(DISTINCT source) >= $2`,
      [ids, resolutions.length],
    );
    const lags = committed.getRows().map(([id, time]) => {
      const number = Number(String(id).slice(ids.length));
      return Number(time) - (load.times[number] as number);
    });
    return { rows: Number(counted.getRows()[0]?.[0]), lags };
  } finally {
    connection.closeSync();
    store.close();
  }
}

async function open(database: string, onWait: (reason: string) => void): Promise<Store> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await Store.open(database);
    } catch (error) {
      if (!(error instanceof StoreError && / is in use by process /.test(error.message)))
        throw error;
      if (isFirst) onWait(error.message);
      await delay(RETRY_MS);
    }
  }
}
