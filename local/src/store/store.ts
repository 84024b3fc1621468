import { type DuckDBConnection, DuckDBInstance, listValue } from '@duckdb/node-api';
import type { BatchOutput } from 'iex-dataflow';
import { tableColumns, viewQuery } from '../infrastructure.js';
import { appendRows, createTableStatement } from './table.js';

const SCHEMA = 'iex';
const QUOTE = { schema: SCHEMA, name: 'quote', columns: tableColumns('quote') };
const DEAD_LETTER = { schema: SCHEMA, name: 'dead_letter', columns: tableColumns('dead_letter') };

/**
 * The ids of the messages whose rows are committed, for each source that counts them. They lie apart from the schema
 * `iex`, which holds what BigQuery holds.
 */
const PROCESSED = 'local.processed_message';

const SETUP = [
  `CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`,
  createTableStatement(`${SCHEMA}.quote`, QUOTE.columns),
  createTableStatement(`${SCHEMA}.dead_letter`, DEAD_LETTER.columns),
  `CREATE OR REPLACE VIEW ${SCHEMA}.top_stocks AS ${viewQuery('top_stocks', `${SCHEMA}.quote`)}`,
  `CREATE OR REPLACE VIEW ${SCHEMA}.percentage_gain AS ${viewQuery('percentage_gain', `${SCHEMA}.quote`)}`,
  'CREATE SCHEMA IF NOT EXISTS local',
  `CREATE TABLE IF NOT EXISTS ${PROCESSED} (source VARCHAR, message_id VARCHAR, PRIMARY KEY (source, message_id))`,
];

/** The database file cannot be used; the message says why and what to do. */
export class StoreError extends Error {
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
    try {
      const instance = await DuckDBInstance.create(file);
      const connection = await instance.connect();
      for (const statement of SETUP) await connection.run(statement);
      connection.closeSync();
      return new Store(instance);
    } catch (error) {
      throw new StoreError(explain(file, error as Error), { cause: error });
    }
  }

  /** A connection for queries, which the caller closes. */
  connect(): Promise<DuckDBConnection> {
    return this.#instance.connect();
  }

  /** A connection that takes batches; each runs its own transactions, so several can work side by side. */
  async writer(): Promise<StoreWriter> {
    return new StoreWriter(await this.#instance.connect());
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
   * @param process makes the output of those messages that are new
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

  close(): void {
    this.#connection.closeSync();
  }

  /** Takes down the ids that are new and returns the first message of each. */
  async #claim<Message extends { id: string }>(
    source: string,
    messages: readonly Message[],
  ): Promise<Message[]> {
    const byId = new Map<string, Message>();
    for (const message of messages) if (!byId.has(message.id)) byId.set(message.id, message);
    const claimed = await this.#connection.runAndReadAll(
      `INSERT INTO ${PROCESSED} SELECT $1, unnest($2) ON CONFLICT DO NOTHING RETURNING message_id`,
      [source, listValue([...byId.keys()])],
    );
    const fresh = new Set(claimed.getRows().map(([id]) => id as string));
    return [...byId.values()].filter(({ id }) => fresh.has(id));
  }
}

function explain(file: string, error: Error): string {
  const holder = /Conflicting lock is held in .*\(PID (\d+)\)/.exec(error.message);
  if (holder) return `${file} is in use by process ${holder[1]}: stop it, or choose another file`;
  return `${file} cannot be used as a database: ${error.message.split('\n')[0]}`;
}
