import { type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { OperationalError } from 'iex-cli/errors';
import { readSubscriptionSettings } from 'iex-contract/infrastructure';
import type { DeadLetter, QuoteRow } from 'iex-dataflow';
import { appendDigests } from './digests.js';
import { RowBuffer } from './row-buffer.js';
import { MOST_ROWS } from './row-limit.js';
import { DEAD_LETTER, DELIVERED_MESSAGE, QUOTE, REPLAYED_LINE } from './schema.js';
import { TableAppender } from './table.js';

/** What the pipeline made of a batch. */
export interface Output {
  rows: RowBuffer<QuoteRow> | readonly QuoteRow[];
  deadLetters: readonly DeadLetter[];
}

const { aggregate, push } = readSubscriptionSettings();

/**
 * How long the id of a message is kept, in ms. A tick is delivered again, and its quotes published
 * again with the same ids, as long as its push subscription keeps it; a quote is delivered again as
 * long as the pipeline's subscription keeps it. All of it twice, as a margin.
 *
 * @param retentionSeconds how long the pipeline's subscription keeps a message
 */
export const idTimeMs = (retentionSeconds: number) =>
  2000 * (retentionSeconds + push.message_retention_seconds);

/** How long the ids are kept of messages from a subscription as it is deployed. */
export const KEEP_IDS_MS = idTimeMs(aggregate.message_retention_seconds);

/** Old ids are deleted each time that this part of their time has passed. */
const PRUNE_PART = 1 / 8;

/** Adds batches to the database, so that each message counts once however often it is delivered. */
export class StoreWriter {
  readonly #connection: DuckDBConnection;
  readonly #rows = new RowBuffer<QuoteRow>(QUOTE.columns);
  readonly #deadLetters = new RowBuffer<DeadLetter>(DEAD_LETTER.columns);
  readonly #quoteTable: TableAppender<QuoteRow>;
  readonly #deadLetterTable: TableAppender<DeadLetter>;
  readonly #keepIdsMs: number;
  #lastPruned = Number.NEGATIVE_INFINITY;

  /** @param keepIdsMs how long the ids of messages are kept, in ms */
  constructor(connection: DuckDBConnection, keepIdsMs = KEEP_IDS_MS) {
    this.#connection = connection;
    this.#keepIdsMs = keepIdsMs;
    this.#quoteTable = new TableAppender(connection, QUOTE);
    this.#deadLetterTable = new TableAppender(connection, DEAD_LETTER);
  }

  /**
   * Processes the messages that this source has not had before, and commits their ids, rows and
   * dead letters together: all of them or, if anything fails, none.
   *
   * @param source name of the sender of the messages; ids are unique within it
   * @param messages the same id twice is the same message; see `messagesPerTransaction` for how
   *   many
   * @param process makes the output of those messages that are new
   * @returns the messages that were new, and their output
   * @throws {RangeError} if they make more rows than a transaction takes
   * @throws {OperationalError} if the file cannot be written, for example because the disk is full
   */
  async commit<Message extends { id: string }, Made extends Output>(
    source: string,
    messages: readonly Message[],
    process: (messages: readonly Message[]) => Promise<Made>,
  ): Promise<Made & { messages: readonly Message[] }> {
    await this.#prune(source);
    return await this.#transaction(async () => {
      const fresh = await this.#claim(source, messages);
      const output = await process(fresh);
      await this.#append(output);
      return { messages: fresh, ...output };
    });
  }

  /**
   * Commits lines of a file together with their output.
   *
   * @param lines none of which the database has
   * @throws {RangeError} if they make more rows than a transaction takes
   * @throws {OperationalError} if the file cannot be written, for example because the disk is full
   */
  async commitLines(lines: readonly { digest: bigint }[], output: Output): Promise<void> {
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
      throw explained(error as Error);
    }
  }

  async #append({ rows, deadLetters }: Output): Promise<void> {
    if (rows.length > MOST_ROWS) throw new RangeError(`${rows.length} rows are too many at once`);
    await this.#quoteTable.append(rows instanceof RowBuffer ? rows : fill(this.#rows, rows));
    if (deadLetters.length === 0) return;
    await this.#deadLetterTable.append(fill(this.#deadLetters, deadLetters));
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
    if (now - this.#lastPruned < this.#keepIdsMs * PRUNE_PART) return;
    this.#lastPruned = now;
    await this.#connection.run(
      `DELETE FROM ${DELIVERED_MESSAGE} WHERE source = $1 AND committed_at < now() - to_milliseconds($2)`,
      [source, this.#keepIdsMs],
    );
  }
}

function fill<Row extends object>(buffer: RowBuffer<Row>, rows: readonly Row[]): RowBuffer<Row> {
  buffer.clear();
  for (const row of rows) buffer.push(row);
  return buffer;
}

/** An error of the file system, which the user can fix; any other error stays as it is. */
function explained(cause: Error): Error {
  const [, reason] = /^(?:IO|TransactionContext) Error: .*(Could not .*)/.exec(cause.message) ?? [];
  return reason ? new OperationalError(`The rows cannot be stored: ${reason}`, { cause }) : cause;
}
