import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** Opens a database file of the project as any other program would, and queries it. */
export async function queryDatabase<Row>(file: string, sql: string): Promise<Row[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`ATTACH '${file}' AS db (READ_ONLY)`);
    await connection.run('USE db');
    return await rowsOf<Row>(connection, sql);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The rows of a query, with plain numbers for 64-bit integers. */
export async function rowsOf<Row>(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  const result = await connection.runAndReadAll(sql);
  return result.getRowObjects().map((row) => {
    const entries = Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? Number(value) : value,
    ]);
    return Object.fromEntries(entries) as Row;
  });
}
