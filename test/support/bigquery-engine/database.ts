import {
  blobValue,
  type DuckDBConnection,
  DuckDBInstance,
  DuckDBTimestampTZValue,
} from '@duckdb/node-api';
import type { QuoteRow } from 'iex-dataflow';
import { engineQueries } from './queries.js';
import { deadLetterColumns, type Row, tickColumns, type Written } from './subscription.js';

const TYPES = { STRING: 'VARCHAR', FLOAT: 'DOUBLE', TIMESTAMP: 'TIMESTAMPTZ', BYTES: 'BLOB' };

/** BigQuery's functions in terms of DuckDB's. https://cloud.google.com/bigquery/docs/reference */
const FUNCTIONS = [
  'json_value(json, path) AS json_extract_string(json, path)',
  'to_json_string(value) AS CAST(to_json(value) AS VARCHAR)',
  // As in BigQuery, JSON's null is not SQL's NULL.
  "safe.parse_json(text, wide_number_mode := 'exact') AS TRY_CAST(text AS JSON)",
  'regexp_contains(text, pattern) AS regexp_matches(text, pattern)',
  'timestamp_add(instant, span) AS instant + span',
  'timestamp_sub(instant, span) AS instant - span',
  'timestamp_seconds(seconds) AS make_timestamptz(seconds * 1000000)',
  'timestamp_millis(milliseconds) AS make_timestamptz(milliseconds * 1000)',
  'unix_seconds(instant) AS CAST(floor(epoch_us(instant) / 1000000) AS BIGINT)',
  'unix_millis(instant) AS CAST(floor(epoch_us(instant) / 1000) AS BIGINT)',
  'generate_timestamp_array(first, last, step) AS generate_series(first, last, step)',
];

/** A query of the engine in DuckDB's syntax, where it differs. */
export function inDuckDb(sql: string): string {
  return (
    sql
      // DuckDB's strings have no escapes.
      .replace(/\br'/g, "'")
      .replaceAll('SAFE_CAST(data AS STRING)', 'TRY(decode(data))')
      // An alias of UNNEST names the column in BigQuery, the table in DuckDB.
      .replace(/\) AS (resolution_minutes|window_end)$/gm, ') AS elements($1)')
  );
}

/** The tables of the engine and its view `dead_letter` in memory, with BigQuery's functions. */
export async function openEngine(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const queries = engineQueries(NAMES);
  const statements = [
    "SET TimeZone = 'UTC'",
    'CREATE SCHEMA safe',
    ...FUNCTIONS.map((definition) => `CREATE MACRO ${definition}`),
    ...[tickColumns, deadLetterColumns].map((columns, i) => {
      const definitions = columns.map(
        ({ name, type, mode }) => `${name} ${TYPES[type]}${mode === 'REQUIRED' ? ' NOT NULL' : ''}`,
      );
      return `CREATE TABLE ${[NAMES.tick, NAMES.tickDeadLetter][i]} (${definitions.join(', ')})`;
    }),
    `CREATE VIEW ${NAMES.tickRefused} AS ${inDuckDb(queries.tickRefused)}`,
    `CREATE VIEW dead_letter AS ${inDuckDb(queries.deadLetter)}`,
    `CREATE VIEW quote AS ${inDuckDb(queries.quote)}`,
  ];
  for (const statement of statements) await connection.run(statement);
  return connection;
}

export const NAMES = {
  tick: 'tick',
  tickDeadLetter: 'tick_dead_letter',
  tickRefused: 'tick_refused',
};

/** The windows that end between two times, in microseconds since the epoch, as a subquery. */
export function quoteBetween(from: number, to: number): string {
  const time = (microseconds: number) => `make_timestamptz(${microseconds})`;
  return `(${inDuckDb(engineQueries(NAMES).quoteBetween(time(from), time(to)))})`;
}

/** Replaces the content of the tables. */
export async function load(connection: DuckDBConnection, written: readonly Written[]) {
  const rows: { tick: Row[]; tick_dead_letter: Row[] } = { tick: [], tick_dead_letter: [] };
  for (const one of written) {
    if ('tick' in one) rows.tick.push(one.tick);
    else rows.tick_dead_letter.push(one.deadLetter);
  }
  for (const table of ['tick', 'tick_dead_letter'] as const) {
    await connection.run(`DELETE FROM ${table}`);
    const appender = await connection.createAppender(table);
    for (const row of rows[table]) {
      for (const { name, type } of table === 'tick' ? tickColumns : deadLetterColumns) {
        const value = row[name] ?? null;
        if (value === null) appender.appendNull();
        else if (type === 'FLOAT') appender.appendDouble(value as number);
        else if (type === 'TIMESTAMP') {
          appender.appendTimestampTZ(new DuckDBTimestampTZValue(BigInt(value as number)));
        } else if (type === 'BYTES') appender.appendBlob(blobValue(value as Uint8Array).bytes);
        else appender.appendVarchar(value as string);
      }
      appender.endRow();
    }
    appender.closeSync();
  }
}

/** Replaces a table of rows that Beam's pipeline made. */
export async function loadQuotes(
  connection: DuckDBConnection,
  table: string,
  rows: readonly QuoteRow[],
): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TABLE ${table} (symbol VARCHAR, latest_price DOUBLE,
       window_end TIMESTAMPTZ, event_time TIMESTAMPTZ, resolution_minutes INTEGER)`,
  );
  const appender = await connection.createAppender(table);
  for (const row of rows) {
    appender.appendVarchar(row.symbol);
    appender.appendDouble(row.latest_price);
    appender.appendTimestampTZ(new DuckDBTimestampTZValue(BigInt(row.window_end)));
    appender.appendTimestampTZ(new DuckDBTimestampTZValue(BigInt(row.event_time)));
    appender.appendInteger(row.resolution_minutes);
    appender.endRow();
  }
  appender.closeSync();
}
