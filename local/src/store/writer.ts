import { createHash } from 'node:crypto';
import { type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import type { BatchOutput, QuoteRow } from 'iex-dataflow';
import { appendDigests } from './digests.js';
import { MOST_ROWS } from './row-limit.js';
import { DEAD_LETTER, DELIVERED_MESSAGE, QUOTE, REPLAYED_LINE } from './schema.js';
import { appendRows } from './table.js';

/** How long the deployed subscriptions keep a message, in seconds. */
const RETENTION_SECONDS = 1800;

/**
 * How much longer than its subscription keeps a message the id of it is kept, in seconds. The same
 * id may also be published again, which is the reason for the margin.
 */
const MARGIN_SECONDS = 5400;

/** The source of rows that are committed before the line that makes them. */
const LINES = 'replay';

/** How often old ids are deleted, in ms. */
const PRUNE_MS = 10 * 60_000;

/** Adds batches to the database, so that each message counts once however often it is delivered. */
export class StoreWriter {
  readonly #connection: DuckDBConnection;
  readonly #keepIdsSeconds: number;
  #lastPruned = Number.NEGATIVE_INFINITY;

  /** @param retentionSeconds how long a message of the source can be delivered */
  constructor(connection: DuckDBConnection, retentionSeconds = RETENTION_SECONDS) {
    this.#connection = connection;
    this.#keepIdsSeconds = retentionSeconds + MARGIN_SECONDS;
  }

  /**
   * Processes the messages that this source has not had before, and commits their ids, rows and
   * dead letters together: all of them or, if anything fails, none. If one message alone makes more
   * rows than a transaction takes, its first rows are committed before the others, and are not
   * added again if the rest fails and is repeated.
   *
   * @param source name of the sender of the messages; ids are unique within it
   * @param messages the same id twice is the same message; see `messagesPerTransaction` for how
   *   many
   * @param process makes the output of those messages that are new
   * @returns the messages that were new, and their output
   * @throws {RangeError} if several messages make more rows than a transaction takes
   */
  async commit<Message extends { id: string }>(
    source: string,
    messages: readonly Message[],
    process: (messages: readonly Message[]) => Promise<BatchOutput>,
  ): Promise<BatchOutput & { messages: readonly Message[] }> {
    await this.#prune(source);
    return await this.#transaction(async () => {
      const fresh = await this.#claim(source, messages);
      const output = await process(fresh);
      if (output.rows.length > MOST_ROWS) {
        // The message is claimed again with its last rows.
        await this.#connection.run('ROLLBACK');
        await this.#commitAhead(source, fresh.length, output.rows);
        await this.#connection.run('BEGIN TRANSACTION');
        await this.#claim(source, messages);
      }
      await this.#append(output);
      return { messages: fresh, ...output };
    });
  }

  /**
   * Commits lines of a file together with their output.
   *
   * @param lines none of which the database has
   * @param output as for messages: if one line alone makes too many rows, its first rows are
   *   committed before
   * @throws {RangeError} if several lines make more rows than a transaction takes
   */
  async commitLines(lines: readonly { digest: bigint }[], output: BatchOutput): Promise<void> {
    await this.#commitAhead(LINES, lines.length, output.rows);
    await this.#transaction(async () => {
      await appendDigests(
        this.#connection,
        REPLAYED_LINE,
        lines.map(({ digest }) => digest),
      );
      await this.#append(output);
    });
  }

  close(): void {
    this.#connection.closeSync();
  }

  async #transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#connection.run('BEGIN TRANSACTION');
    try {
      const result = await work();
      await this.#connection.run('COMMIT');
      return result;
    } catch (error) {
      // If the commit itself failed, there is nothing left to roll back; the first error is the one
      // to report.
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #append({ rows, deadLetters }: BatchOutput): Promise<void> {
    await appendRows(this.#connection, QUOTE, rows.slice(-MOST_ROWS));
    await appendRows(this.#connection, DEAD_LETTER, deadLetters);
  }

  /**
   * Commits all rows except the last that fit into one transaction, in as many transactions as they
   * need. The same rows again add nothing: the hash of each part is an id.
   */
  async #commitAhead(source: string, inputs: number, rows: readonly QuoteRow[]): Promise<void> {
    if (rows.length > MOST_ROWS && inputs > 1) {
      throw new RangeError(`${rows.length} rows are too many at once`);
    }
    const ahead = rows.slice(0, -MOST_ROWS);
    for (let first = 0; first < ahead.length; first += MOST_ROWS) {
      const part = ahead.slice(first, first + MOST_ROWS);
      const id = createHash('sha256').update(JSON.stringify(part)).digest('base64url');
      await this.#transaction(async () => {
        const isNew = (await this.#claim(source, [{ id }])).length > 0;
        if (isNew) await appendRows(this.#connection, QUOTE, part);
      });
    }
  }

  /** Stores the ids that are new and returns the first message of each. */
  async #claim<Message extends { id: string }>(
    source: string,
    messages: readonly Message[],
  ): Promise<Message[]> {
    const byId = new Map<string, Message>();
    for (const message of messages) if (!byId.has(message.id)) byId.set(message.id, message);
    const claimed = await this.#connection.runAndReadAll(
      `INSERT INTO ${DELIVERED_MESSAGE} (source, message_id) SELECT $1, unnest($2)
       ON CONFLICT DO NOTHING RETURNING message_id`,
      [source, listValue([...byId.keys()])],
      [VARCHAR, LIST(VARCHAR)],
    );
    const fresh = new Set(claimed.getRows().map(([id]) => id as string));
    return [...byId.values()].filter(({ id }) => fresh.has(id));
  }

  /**
   * Deletes, from time to time, the ids of messages that cannot be delivered again. Other sources
   * have their own writers.
   */
  async #prune(source: string): Promise<void> {
    const now = performance.now();
    if (now - this.#lastPruned < PRUNE_MS) return;
    this.#lastPruned = now;
    await this.#connection.run(
      `DELETE FROM ${DELIVERED_MESSAGE}
       WHERE source = $1 AND committed_at < now() - INTERVAL ${this.#keepIdsSeconds} SECOND`,
      [source],
    );
  }
}
