import { type DuckDBConnection, DuckDBDataChunk, UUID, uuidValue } from '@duckdb/node-api';

/** The most rows of a chunk in DuckDB. */
const CHUNK_ROWS = 2048;

/** Appends digests of 128 bits to a table of one column, in the connection's transaction. */
export async function appendDigests(
  connection: DuckDBConnection,
  { name, schema, catalog }: { name: string; schema: string; catalog?: string },
  digests: readonly bigint[],
): Promise<void> {
  const appender = await connection.createAppender(name, schema, catalog);
  for (let first = 0; first < digests.length; first += CHUNK_ROWS) {
    const part = digests.slice(first, first + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create([UUID], part.length);
    chunk.setColumns([part.map(uuidValue)]);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}
