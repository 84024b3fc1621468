import { resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { OperationalError } from 'iex-cli/errors';
import { tableColumns, viewQuery } from 'iex-contract/infrastructure';
import type { BatchOutput } from 'iex-dataflow';
import { appendRows, columnType, createTableStatement, type Table } from './table.js';

/**
 * The name that the file is attached by. DuckDB's own would be the file's, and in a file `iex.duckdb` the name `iex.quote`
 * could mean two things.
 */
const CATALOG = 'store';

/** What DuckDB keeps in memory at most; by itself it would take most of the machine's for its cache. */
const MEMORY_LIMIT = '256MB';

const SCHEMA = 'iex';
const QUOTE: Table = { schema: SCHEMA, name: 'quote', columns: tableColumns('quote') };
const DEAD_LETTER: Table = {
  schema: SCHEMA,
  name: 'dead_letter',
  columns: tableColumns('dead_letter'),
};

/**
 * The most rows that a transaction may add to a table. DuckDB 1.5 writes a full row group, of 122,880 rows, to the file
 * ahead of the commit, and after a crash in the midst of the commit takes it for committed, without the rest.
 */
const MOST_ROWS = 122_879;

/**
 * The ids of the messages whose rows are committed, for each source that counts them. They lie apart from the schema
 * `iex`, which holds what BigQuery holds.
 */
const PROCESSED = 'local.processed_message';

const SETUP = [
  `CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`,
  createTableStatement(QUOTE),
  createTableStatement(DEAD_LETTER),
  // A view finds a table of its own schema by its bare name, whatever name the file is attached by.
  `CREATE OR REPLACE VIEW ${SCHEMA}.top_stocks AS ${viewQuery('top_stocks', QUOTE.name)}`,
  `CREATE OR REPLACE VIEW ${SCHEMA}.percentage_gain AS ${viewQuery('percentage_gain', QUOTE.name)}`,
  'CREATE SCHEMA IF NOT EXISTS local',
  `CREATE TABLE IF NOT EXISTS ${PROCESSED} (source VARCHAR, message_id VARCHAR, PRIMARY KEY (source, message_id))`,
];

/** The database file cannot be used; the message says why and what to do. */
export class StoreError extends OperationalError {
  override name = 'StoreError';
}

/** The DuckDB file that stands in for BigQuery: the same tables and views, made from the same files. */
export class Store {
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  /**
   * Opens a database file, or makes it.
   *
   * @throws {StoreError} if another process has it open, or it is no database, or not one of this project's
   */
  static async open(file: string): Promise<Store> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: MEMORY_LIMIT,
      temp_directory: `${resolve(file)}.tmp`,
    });
    const store = new Store(instance);
    try {
      const attaching = await instance.connect();
      await attaching.run(`ATTACH '${resolve(file).replaceAll("'", "''")}' AS ${CATALOG}`);
      attaching.closeSync();
      const connection = await store.connect();
      await refuseDataFile(connection);
      for (const statement of SETUP) await connection.run(statement);
      for (const table of [QUOTE, DEAD_LETTER]) await refuseOtherColumns(connection, table);
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

  /** A connection that takes batches; each runs its own transactions, so several can work side by side. */
  async writer(): Promise<StoreWriter> {
    return new StoreWriter(await this.connect());
  }

  /** Writes everything to the file and lets go of it. Connections must have been closed before. */
  close(): void {
    this.#instance.closeSync();
  }
}

/** Takes batches of messages, so that each message counts once however often it is delivered. */
export class StoreWriter {
  readonly #connection: DuckDBConnection;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /**
   * Processes the messages that this source has not had before, and commits their ids, rows and dead letters together:
   * all of them or, if anything fails, none.
   *
   * @param source names what delivers the messages; ids are unique within it
   * @param messages the same id twice is the same message
   * @param process makes the output of those messages that are new: at most 122,879 rows
   * @returns the messages that were new and what was made of them
   */
  async commit<Message extends { id: string }>(
    source: string,
    messages: readonly Message[],
    process: (messages: readonly Message[]) => Promise<BatchOutput>,
  ): Promise<BatchOutput & { messages: readonly Message[] }> {
    await this.#connection.run('BEGIN TRANSACTION');
    try {
      const fresh = await this.#claim(source, messages);
      const { rows, deadLetters } = await process(fresh);
      if (rows.length > MOST_ROWS) throw new RangeError(`${rows.length} rows are too many at once`);
      await appendRows(this.#connection, QUOTE, rows);
      await appendRows(this.#connection, DEAD_LETTER, deadLetters);
      await this.#connection.run('COMMIT');
      return { messages: fresh, rows, deadLetters };
    } catch (error) {
      // Where the commit itself failed there is nothing left to roll back; the first error is the one to report.
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** The messages that this source has not had before; the same id twice is the same message. */
  async fresh<Message extends { id: string }>(
    source: string,
    messages: readonly Message[],
  ): Promise<Message[]> {
    const byId = firstById(messages);
    const known = await this.#connection.runAndReadAll(
      `SELECT message_id FROM ${PROCESSED} WHERE source = $1 AND message_id IN (SELECT unnest($2))`,
      [source, listValue([...byId.keys()])],
      [VARCHAR, LIST(VARCHAR)],
    );
    for (const [id] of known.getRows()) byId.delete(id as string);
    return [...byId.values()];
  }

  close(): void {
    this.#connection.closeSync();
  }

  /** Takes down the ids that are new and returns the first message of each. */
  async #claim<Message extends { id: string }>(
    source: string,
    messages: readonly Message[],
  ): Promise<Message[]> {
    const byId = firstById(messages);
    const claimed = await this.#connection.runAndReadAll(
      `INSERT INTO ${PROCESSED} SELECT $1, unnest($2) ON CONFLICT DO NOTHING RETURNING message_id`,
      [source, listValue([...byId.keys()])],
      [VARCHAR, LIST(VARCHAR)],
    );
    const fresh = new Set(claimed.getRows().map(([id]) => id as string));
    return [...byId.values()].filter(({ id }) => fresh.has(id));
  }
}

function firstById<Message extends { id: string }>(
  messages: readonly Message[],
): Map<string, Message> {
  const byId = new Map<string, Message>();
  for (const message of messages) if (!byId.has(message.id)) byId.set(message.id, message);
  return byId;
}

/** DuckDB opens a file of JSON or CSV as a view on it in memory, where every row would be lost. */
async function refuseDataFile(connection: DuckDBConnection): Promise<void> {
  const databases = await connection.runAndReadAll(
    `SELECT path FROM duckdb_databases() WHERE database_name = '${CATALOG}'`,
  );
  if (databases.getRows()[0]?.[0] == null) throw new Error('it holds data of another kind');
}

async function refuseOtherColumns(connection: DuckDBConnection, table: Table): Promise<void> {
  const described = await connection.runAndReadAll(`DESCRIBE ${table.schema}.${table.name}`);
  const found = described.getRows().map(([name, type]) => `${name} ${type}`);
  const expected = table.columns.map(({ name, type }) => `${name} ${columnType(type)}`);
  if (found.join() !== expected.join()) {
    throw new Error(`its table ${table.schema}.${table.name} has other columns`);
  }
}

function explain(file: string, error: Error): string {
  const holder = /Conflicting lock is held in .*\(PID (\d+)\)/.exec(error.message);
  if (holder) return `${file} is in use by process ${holder[1]}: stop it, or choose another file`;
  return `${file} cannot be used as a database: ${error.message.split('\n')[0]}`;
}
