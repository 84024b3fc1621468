import { basename, join } from 'node:path';

/**
 * Not named after the schema `iex`: DuckDB names a database after its file, and `iex.top_stocks`
 * would be ambiguous if `iex` were both the database and the schema.
 */
const NAME = 'market.duckdb';

/**
 * How to query a database whose file the user has named after the schema; `undefined` if it is named
 * otherwise.
 */
export function ambiguousNameHint(file: string): string | undefined {
  const [database = ''] = basename(file).split('.');
  if (database.toLowerCase() !== 'iex') return undefined;
  return `DuckDB names this database ${database}, like the schema in it: query it as ${database}.iex.top_stocks`;
}

/** The path of the database in a data folder. */
export const databaseFile = (dataDir: string): string => join(dataDir, NAME);
