import {
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';
import duckdb, { type Vector } from '@duckdb/node-bindings';
import type { Column } from 'iex-contract/infrastructure';
import type { RowBuffer } from './row-buffer.js';
import { TextWriter } from './text-writer.js';

/** DuckDB's type for each type of BigQuery. BigQuery's TIMESTAMP is an instant. */
const TYPES: Record<Column['type'], DuckDBType> = {
  STRING: VARCHAR,
  FLOAT: DOUBLE,
  INTEGER: BIGINT,
  TIMESTAMP: TIMESTAMPTZ,
};

/** The most rows of a chunk in DuckDB. */
const CHUNK_ROWS = 2048;

/** The size of every number in DuckDB's memory. */
const NUMBER_BYTES = 8;

/** A table and its columns, as in its BigQuery schema. */
export interface Table {
  schema: string;
  name: string;
  columns: readonly Column[];
}

/** The name of DuckDB's type for a type of BigQuery. */
export function columnType(type: Column['type']): string {
  return String(TYPES[type]);
}

/** The statement that creates a table from its BigQuery schema if it does not exist. */
export function createTableStatement({ schema, name, columns }: Table): string {
  const definitions = columns.map(
    ({ name, type, mode }) =>
      `${name} ${columnType(type)}${mode === 'REQUIRED' ? ' NOT NULL' : ''}`,
  );
  return `CREATE TABLE IF NOT EXISTS ${schema}.${name} (${definitions.join(', ')})`;
}

/** Appends rows to a table, as part of the connection's transaction. */
export class TableAppender<Row extends object> {
  readonly #connection: DuckDBConnection;
  readonly #table: Table;
  /** Used for all rows, because only the garbage collector frees the memory of a chunk. */
  readonly #chunk: DuckDBDataChunk;

  constructor(connection: DuckDBConnection, table: Table) {
    this.#connection = connection;
    this.#table = table;
    this.#chunk = DuckDBDataChunk.create(table.columns.map(({ type }) => TYPES[type]));
  }

  async append({ data }: RowBuffer<Row>): Promise<void> {
    const { name, schema } = this.#table;
    const appender = await this.#connection.createAppender(name, schema);
    const texts = new TextWriter(data.texts);
    for (let row = 0; row < data.length; row += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, data.length - row);
      this.#chunk.reset();
      this.#chunk.rowCount = count;
      for (const [i, values] of data.columns.entries()) {
        const vector = duckdb.data_chunk_get_vector(this.#chunk.chunk, i);
        if (values instanceof Uint32Array) texts.write(vector, values.subarray(row, row + count));
        else copyNumbers(vector, values, row, count);
      }
      appender.appendDataChunk(this.#chunk);
    }
    appender.closeSync();
  }
}

function copyNumbers(
  vector: Vector,
  { buffer, byteOffset }: Float64Array | Int32Array,
  first: number,
  count: number,
): void {
  const start = byteOffset + first * NUMBER_BYTES;
  duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, start, count * NUMBER_BYTES);
}
