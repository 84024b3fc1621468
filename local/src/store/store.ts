import { resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { OperationalError } from 'iex-cli/errors';
import { KnownLines } from './known-lines.js';
import { forgetFormerSources, setUp } from './schema.js';
import { KEEP_IDS_MS, StoreWriter } from './writer.js';

/**
 * The name under which the file is attached. By default it would be the file's own name, and in a
 * file `iex.duckdb` the name `iex.quote` could mean two things.
 */
const CATALOG = 'store';

/** The most memory that DuckDB uses; by its own default, its cache takes most of the machine's. */
const MEMORY_LIMIT_MB = 256;

/** The database file cannot be used; the message says why and what to do. */
export class StoreError extends OperationalError {
  override name = 'StoreError';
}

/** The DuckDB file that stands in for BigQuery: the same tables and views, from the same files. */
export class Store {
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  /**
   * Opens a database file, or creates it.
   *
   * @param memoryLimitMb the most memory that DuckDB uses, nearly all of it for its cache
   * @throws {StoreError} if another process has it open, or if it is not a database, or not one of
   *   this project
   */
  static async open(file: string, memoryLimitMb = MEMORY_LIMIT_MB): Promise<Store> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryLimitMb}MB`,
      temp_directory: `${resolve(file)}.tmp`,
    });
    const store = new Store(instance);
    try {
      const attaching = await instance.connect();
      await attaching.run(`ATTACH '${resolve(file).replaceAll("'", "''")}' AS ${CATALOG}`);
      attaching.closeSync();
      const connection = await store.connect();
      await refuseDataFile(connection);
      await setUp(connection);
      await forgetFormerSources(connection, KEEP_IDS_MS);
      connection.closeSync();
      return store;
    } catch (error) {
      instance.closeSync();
      throw new StoreError(explain(file, error as Error), { cause: error });
    }
  }

  /** A connection for queries, which the caller closes. */
  async connect(): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect();
    await connection.run(`USE ${CATALOG}`);
    await connection.run("SET TimeZone = 'UTC'");
    return connection;
  }

  /** Whether it has no rows of quotes. */
  async isEmpty(): Promise<boolean> {
    const connection = await this.connect();
    const found = await connection.runAndReadAll('SELECT 1 FROM iex.quote LIMIT 1');
    connection.closeSync();
    return found.currentRowCount === 0;
  }

  /**
   * A connection for adding batches; each runs its own transactions, so several can work side by
   * side.
   *
   * @param keepIdsMs how long the ids of messages are kept, in ms: see `idTimeMs`
   */
  async writer(keepIdsMs?: number): Promise<StoreWriter> {
    return new StoreWriter(await this.connect(), keepIdsMs);
  }

  /** The lines of files that the database has now, to compare a file with. */
  async knownLines(): Promise<KnownLines> {
    return await KnownLines.open(await this.connect());
  }

  /** Writes everything to the file and closes it. Close all connections before. */
  close(): void {
    this.#instance.closeSync();
  }
}

/** DuckDB opens a JSON or CSV file as a view of it in memory, so that every row would be lost. */
async function refuseDataFile(connection: DuckDBConnection): Promise<void> {
  const databases = await connection.runAndReadAll(
    `SELECT path FROM duckdb_databases() WHERE database_name = '${CATALOG}'`,
  );
  if (databases.getRows()[0]?.[0] == null) throw new Error('it is not a DuckDB database');
}

function explain(file: string, error: Error): string {
  const holder = /Conflicting lock is held in .*\(PID (\d+)\)/.exec(error.message);
  if (holder) return `${file} is in use by process ${holder[1]}: stop it, or choose another file`;
  return `${file} cannot be used as a database: ${error.message.split('\n')[0]}`;
}
