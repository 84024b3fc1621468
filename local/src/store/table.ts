import {
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';
import type { Column } from 'iex-contract/infrastructure';

/**
 * A value of the pipeline's output; a time is in microseconds since the epoch, as in BigQuery's
 * Storage Write API.
 */
type Value = string | number;

/** DuckDB's type for each type of BigQuery, and how a value is converted to it. */
const TYPES: Record<Column['type'], { type: DuckDBType; convert: (value: Value) => DuckDBValue }> =
  {
    STRING: { type: VARCHAR, convert: (text) => text },
    FLOAT: { type: DOUBLE, convert: (number) => number },
    INTEGER: { type: BIGINT, convert: (integer) => BigInt(integer) },
    // BigQuery's TIMESTAMP is an instant, which in DuckDB is the type with a time zone.
    TIMESTAMP: { type: TIMESTAMPTZ, convert: (us) => new DuckDBTimestampTZValue(BigInt(us)) },
  };

/** The most rows of a chunk in DuckDB. */
const CHUNK_ROWS = 2048;

/** A table and its columns, as in its BigQuery schema. */
export interface Table {
  schema: string;
  name: string;
  columns: readonly Column[];
}

/** The name of DuckDB's type for a type of BigQuery. */
export function columnType(type: Column['type']): string {
  return String(TYPES[type].type);
}

/** The statement that creates a table from its BigQuery schema if it does not exist. */
export function createTableStatement({ schema, name, columns }: Table): string {
  const definitions = columns.map(
    ({ name, type, mode }) =>
      `${name} ${columnType(type)}${mode === 'REQUIRED' ? ' NOT NULL' : ''}`,
  );
  return `CREATE TABLE IF NOT EXISTS ${schema}.${name} (${definitions.join(', ')})`;
}

/**
 * Appends rows, as part of the connection's transaction: by column, which is eight times as fast as
 * by value.
 */
export async function appendRows<Row extends object>(
  connection: DuckDBConnection,
  table: Table,
  rows: readonly Row[],
): Promise<void> {
  const types = table.columns.map(({ type }) => TYPES[type].type);
  const appender = await connection.createAppender(table.name, table.schema);
  for (let first = 0; first < rows.length; first += CHUNK_ROWS) {
    const part = rows.slice(first, first + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, part.length);
    chunk.setColumns(
      table.columns.map(({ name, type }) =>
        part.map((row) => TYPES[type].convert(row[name as keyof Row] as Value)),
      ),
    );
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}
