import { type DuckDBConnection, DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api';
import { type Column as TableColumn, tableColumns } from 'iex-contract/infrastructure';
import type { QuoteRow } from 'iex-dataflow';
import { engineQueries } from './queries.js';
import {
  deadLetterColumns,
  type Row,
  type Column as TickColumn,
  tickColumns,
  type Written,
} from './subscription.js';

type Column = TableColumn | TickColumn;

const TYPES: Record<Column['type'], string> = {
  STRING: 'VARCHAR',
  FLOAT: 'DOUBLE',
  INTEGER: 'BIGINT',
  TIMESTAMP: 'TIMESTAMPTZ',
  BYTES: 'BLOB',
};

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

/** How the queries name what they read. */
const NAMES = { tick: 'tick', tickDeadLetter: 'tick_dead_letter', tickRefused: 'tick_refused' };

/** The tables and views of the engine in memory, with BigQuery's functions. */
export async function openEngine(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const queries = engineQueries(NAMES);
  const statements = [
    "SET TimeZone = 'UTC'",
    'CREATE SCHEMA safe',
    ...FUNCTIONS.map((definition) => `CREATE MACRO ${definition}`),
    createTable('tick', tickColumns),
    createTable('tick_dead_letter', deadLetterColumns),
    `CREATE VIEW tick_refused AS ${inDuckDb(queries.tickRefused)}`,
    `CREATE VIEW dead_letter AS ${inDuckDb(queries.deadLetter)}`,
    `CREATE VIEW quote AS ${inDuckDb(queries.quote)}`,
  ];
  for (const statement of statements) await connection.run(statement);
  return connection;
}

/** The windows that end between two times, in microseconds since the epoch, as a subquery. */
export function quoteBetween(from: number, to: number): string {
  const time = (microseconds: number) => `make_timestamptz(${microseconds})`;
  return `(${inDuckDb(engineQueries(NAMES).quoteBetween(time(from), time(to)))})`;
}

/** Replaces the content of the tables. */
export async function load(
  connection: DuckDBConnection,
  written: readonly Written[],
): Promise<void> {
  await fill(
    connection,
    'tick',
    written.flatMap((one) => ('tick' in one ? [one.tick] : [])),
  );
  await fill(
    connection,
    'tick_dead_letter',
    written.flatMap((one) => ('deadLetter' in one ? [one.deadLetter] : [])),
  );
}

/** Replaces a table of rows that Beam's pipeline made. */
export async function loadQuotes(
  connection: DuckDBConnection,
  table: string,
  rows: readonly QuoteRow[],
): Promise<void> {
  await connection.run(`DROP TABLE IF EXISTS ${table}`);
  await connection.run(createTable(table, tableColumns('quote')));
  await fill(
    connection,
    table,
    rows.map((row) => ({
      ...row,
      window_end: BigInt(row.window_end),
      event_time: BigInt(row.event_time),
    })),
  );
}

function createTable(name: string, columns: readonly Column[]): string {
  const definitions = columns.map(
    ({ name, type, mode }) => `${name} ${TYPES[type]}${mode === 'REQUIRED' ? ' NOT NULL' : ''}`,
  );
  return `CREATE TABLE ${name} (${definitions.join(', ')})`;
}

/** Replaces the rows of a table. */
async function fill(
  connection: DuckDBConnection,
  table: string,
  rows: readonly Row[],
): Promise<void> {
  await connection.run(`DELETE FROM ${table}`);
  const appender = await connection.createAppender(table);
  const described = await connection.runAndReadAll(`DESCRIBE ${table}`);
  const columns = described.getRows().map(([name]) => String(name));
  for (const row of rows) {
    for (const column of columns) {
      const value = row[column] ?? null;
      if (value === null) appender.appendNull();
      else if (value instanceof Uint8Array) appender.appendBlob(value);
      else if (typeof value === 'bigint') {
        appender.appendTimestampTZ(new DuckDBTimestampTZValue(value));
      } else if (typeof value === 'number') appender.appendDouble(value);
      else appender.appendVarchar(value);
    }
    appender.endRow();
  }
  appender.closeSync();
}
