import type { DuckDBConnection } from '@duckdb/node-api';
import { expect } from 'chai';
import { resolutions } from 'iex-contract/infrastructure';
import { runBatch } from 'iex-dataflow';
import {
  inDuckDb,
  load,
  loadQuotes,
  openEngine,
  quoteBetween,
} from 'iex-test/support/bigquery-engine/database';
import { type PublishedMessage, writeMessage } from 'iex-test/support/bigquery-engine/subscription';
import { insertionOf, type Switching } from 'iex-test/support/bigquery-engine/switching';
import { rowsOf } from 'iex-test/support/database';

const SECOND = 1_000_000;
const BASE = Date.UTC(2026, 10, 20, 15) * 1000;
const ALL = [0, Date.UTC(2200, 0, 2) * 1000] as const;

const dateTime = (microseconds: number) => new Date(microseconds / 1000).toISOString();

/** A message, published a second after its event time. */
const message = (id: number, fields: Record<string, unknown>, time = BASE): PublishedMessage => ({
  data: Buffer.from(JSON.stringify(fields)),
  attributes: { quote_id: `tick/${fields.symbol}/${id}` },
  messageId: `m${id}`,
  publishTime: time + SECOND,
});

/** Quotes every 10 s; some without an event time, and two with the same instant and price. */
const MESSAGES = Array.from({ length: 12 }, (_, i) => {
  const time = BASE + 10 * i * SECOND;
  const quote = { symbol: i % 3 === 0 ? 'AAPL' : 'O"Neil', latest_price: 100 + (i % 4) / 10 };
  return message(i, i % 5 === 4 ? quote : { ...quote, event_time: dateTime(time) }, time);
});

describe('a switch of the window engine', () => {
  let connection: DuckDBConnection;

  before(async () => {
    connection = await openEngine();
    // Further functions of BigQuery in terms of DuckDB's.
    for (const definition of [
      'json_value(json, path) AS json_extract_string(TRY_CAST(json AS JSON), path)',
      'json_query(json, path) AS CAST(json_extract(TRY_CAST(json AS JSON), path) AS VARCHAR)',
    ]) {
      await connection.run(`CREATE OR REPLACE MACRO ${definition}`);
    }
  });

  after(() => connection.closeSync());

  beforeEach(async () => {
    await load(connection, []);
    await loadQuotes(connection, 'job_quote', []);
    await connection.run(`CREATE OR REPLACE TABLE job_dead_letter
      (payload VARCHAR, reason VARCHAR, stage VARCHAR, dead_letter_time TIMESTAMPTZ)`);
  });

  /**
   * Runs a statement. While both engines run, `iex.quote` and `iex.dead_letter` are the tables of
   * the jobs.
   */
  async function run(name: Switching): Promise<void> {
    const { table, columns, query } = insertionOf(name);
    const sql = `INSERT INTO iex.${table} (${columns.join()}) ${query}`
      .replace(/iex\.quote_of_ticks_between\([^)]*\)/, quoteBetween(...ALL))
      .replaceAll('iex.dead_letter_of_ticks', 'dead_letter')
      .replace(/iex\.(quote|dead_letter)\b/g, 'job_$1')
      .replaceAll('iex.tick', 'tick')
      .replace(/CAST\(rejected\.payload AS BYTES\)/g, 'encode(rejected.payload)')
      .replace(/SAFE_CAST\(/g, 'TRY_CAST(')
      .replace(/TRY_CAST\(data AS STRING\)/g, 'TRY(decode(data))')
      .replace(/ AS TIMESTAMP\)/g, ' AS TIMESTAMPTZ)')
      .replace(/ AS FLOAT64\)/g, ' AS DOUBLE)')
      .replace(/TIMESTAMP '/g, "TIMESTAMPTZ '");
    await connection.run(inDuckDb(sql));
  }

  const rowsFrom = (messages: readonly PublishedMessage[]) =>
    runBatch(
      messages.map(({ data, publishTime }) => ({
        payload: data,
        publishTime: Math.floor(publishTime / 1000),
      })),
      resolutions,
    );

  const countOf = async (table: string) =>
    (await rowsOf<{ n: number }>(connection, `SELECT COUNT(*) AS n FROM ${table}`))[0]!.n;

  async function expectSameWindows() {
    const [of, jobs] = [quoteBetween(...ALL), 'job_quote'];
    for (const [some, others] of [
      [of, jobs],
      [jobs, of],
    ]) {
      const difference = `FROM ${some} EXCEPT ALL FROM ${others}`;
      expect(await rowsOf(connection, `${difference} LIMIT 3`)).to.deep.equal([]);
    }
  }

  it('to BigQuery keeps the quotes that only the jobs have', async () => {
    const { rows } = await rowsFrom(MESSAGES);
    await loadQuotes(connection, 'job_quote', rows);
    await load(connection, MESSAGES.slice(5).map(writeMessage));
    await run('ticks-from-rows');
    expect(await countOf('tick')).to.equal(MESSAGES.length);
    await expectSameWindows();
    await run('ticks-from-rows');
    expect(await countOf('tick'), 'again').to.equal(MESSAGES.length);
  });

  it('to Dataflow keeps the windows that only the ticks have', async () => {
    const { rows } = await rowsFrom(MESSAGES.slice(7));
    await loadQuotes(connection, 'job_quote', rows);
    await load(connection, MESSAGES.map(writeMessage));
    await run('rows-from-ticks');
    expect(await countOf('job_quote')).to.equal(126 * MESSAGES.length);
    await expectSameWindows();
    await run('rows-from-ticks');
    await expectSameWindows();
  });

  it('to Dataflow leaves quotes of the last minutes to the jobs', async () => {
    const time = (Date.now() - 14 * 60_000) * 1000;
    const fresh = message(1, { symbol: 'A', latest_price: 1, event_time: dateTime(time) }, time);
    await load(connection, [writeMessage(fresh)]);
    await run('rows-from-ticks');
    expect(await countOf('job_quote')).to.equal(0);
  });

  const bad = message(20, { symbol: 'A', latest_price: 'none' });
  const negative = message(21, { symbol: 'A', latest_price: -1, event_time: dateTime(BASE) });

  it('to BigQuery keeps the dead letters from before there were ticks', async () => {
    await load(connection, [writeMessage(MESSAGES[1]!)]);
    await connection.run(`INSERT INTO job_dead_letter VALUES
      ('{"a', 'not "JSON"', 'parse', TIMESTAMPTZ '2026-11-20 14:00:00+00'),
      ('later', 'both have it', 'parse', TIMESTAMPTZ '2026-11-20 16:00:00+00')`);
    for (const time of ['once', 'again']) {
      await run('dead-letters-to-ticks');
      const letters = await rowsOf(connection, 'SELECT payload, reason, stage FROM dead_letter');
      expect(letters, time).to.deep.equal([
        { payload: '{"a', reason: 'not "JSON"', stage: 'parse' },
      ]);
    }
  });

  it('to Dataflow keeps all dead letters', async () => {
    await load(connection, [bad, negative].map(writeMessage));
    const letters = 'SELECT payload, reason, stage, dead_letter_time FROM';
    for (const time of ['once', 'again']) {
      await run('dead-letters-from-ticks');
      const kept = await rowsOf(connection, `${letters} job_dead_letter ORDER BY ALL`);
      expect(kept, time).to.have.length(2);
      expect(kept).to.deep.equal(await rowsOf(connection, `${letters} dead_letter ORDER BY ALL`));
    }
  });

  it('recovers the quotes that BigQuery refused by mistake, and no others', async () => {
    const unfit = [
      bad,
      message(22, { symbol: 5, latest_price: 1 }),
      message(23, { symbol: 'A', latest_price: '1' }),
      message(24, { symbol: 'A', latest_price: 1, event_time: 'yesterday' }),
      { ...bad, messageId: 'm25', data: Buffer.from('{"symbol":') },
      { ...bad, messageId: 'm26', data: Uint8Array.of(0xff) },
    ];
    // What the subscription makes of a message when it cannot write any.
    const refused = [...MESSAGES, ...unfit].map((one) => {
      const written = writeMessage({ ...one, data: Buffer.from('[]') });
      if ('tick' in written) throw new Error('a list is no quote');
      return { deadLetter: { ...written.deadLetter, data: one.data } };
    });
    await load(connection, refused);
    for (const time of ['once', 'again']) {
      await run('recover-ticks');
      expect(await countOf('tick'), time).to.equal(MESSAGES.length);
    }
    const { rows } = await rowsFrom(MESSAGES);
    await loadQuotes(connection, 'job_quote', rows);
    await expectSameWindows();
  });
});
