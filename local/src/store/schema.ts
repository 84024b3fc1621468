import type { DuckDBConnection } from '@duckdb/node-api';
import { tableColumns, viewQuery } from 'iex-contract/infrastructure';
import { columnType, createTableStatement, type Table } from './table.js';

const SCHEMA = 'iex';
export const QUOTE: Table = { schema: SCHEMA, name: 'quote', columns: tableColumns('quote') };
export const DEAD_LETTER: Table = {
  schema: SCHEMA,
  name: 'dead_letter',
  columns: tableColumns('dead_letter'),
};

/**
 * The lines of files whose rows are committed, by the first 128 bits of their SHA-256: identical
 * lines have one row each. The table has no index: DuckDB would keep it in memory, and it grows
 * with every file.
 *
 * The schema `local` holds what BigQuery does not have.
 */
export const REPLAYED_LINE = { schema: 'local', name: 'replayed_line' };

/**
 * The ids of the messages whose rows are committed, for each source, as long as they may be
 * delivered again.
 */
export const DELIVERED_MESSAGE = 'local.delivered_message';

const SETUP = [
  `CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`,
  createTableStatement(QUOTE),
  createTableStatement(DEAD_LETTER),
  // A view finds a table of its own schema by its bare name, whatever name the file is attached by.
  `CREATE OR REPLACE VIEW ${SCHEMA}.top_stocks AS ${viewQuery('top_stocks', QUOTE.name)}`,
  `CREATE OR REPLACE VIEW ${SCHEMA}.percentage_gain AS ${viewQuery('percentage_gain', QUOTE.name)}`,
  'CREATE SCHEMA IF NOT EXISTS local',
  `CREATE TABLE IF NOT EXISTS ${DELIVERED_MESSAGE}
     (source VARCHAR, message_id VARCHAR, committed_at TIMESTAMPTZ DEFAULT now(), PRIMARY KEY (source, message_id))`,
  `CREATE TABLE IF NOT EXISTS ${REPLAYED_LINE.schema}.${REPLAYED_LINE.name} (digest UUID NOT NULL)`,
];

/**
 * Makes the tables and views that a database lacks.
 *
 * @throws {Error} if a table's columns differ from BigQuery's
 */
export async function setUp(connection: DuckDBConnection): Promise<void> {
  for (const statement of SETUP) await connection.run(statement);
  for (const table of [QUOTE, DEAD_LETTER]) await refuseOtherColumns(connection, table);
}

/**
 * Deletes old ids of the local run's emulators. Each writer does so for its own source, but an
 * emulator that was started again is another source: its subscriptions have another time of
 * creation behind the `@`, where those of others have nothing.
 */
export async function forgetFormerSources(connection: DuckDBConnection, keepIdsMs: number) {
  await connection.run(
    `DELETE FROM ${DELIVERED_MESSAGE} WHERE source LIKE '%@_%' AND committed_at < now() - to_milliseconds($1)`,
    [keepIdsMs],
  );
}

async function refuseOtherColumns(connection: DuckDBConnection, table: Table): Promise<void> {
  const described = await connection.runAndReadAll(`DESCRIBE ${table.schema}.${table.name}`);
  const found = described.getRows().map(([name, type]) => `${name} ${type}`);
  const expected = table.columns.map(({ name, type }) => `${name} ${columnType(type)}`);
  if (found.join() !== expected.join()) {
    throw new Error(`its table ${table.schema}.${table.name} has other columns`);
  }
}
