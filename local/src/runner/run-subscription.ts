import { setTimeout as delay } from 'node:timers/promises';
import { type DeadLetter, type QuoteRow, runBatch } from 'iex-dataflow';
import { RowBuffer } from '../store/row-buffer.js';
import { messagesPerTransaction } from '../store/row-limit.js';
import { QUOTE } from '../store/schema.js';
import type { Output, StoreWriter } from '../store/writer.js';
import type { Counts } from './protocol.js';
import type { MessageSource } from './subscription-source.js';

/** The most messages of a batch, which bounds how long it holds its messages. */
const MOST_MESSAGES = 1000;

/** How long to wait if nothing has arrived, in ms; no message waits longer. */
const POLL_MS = 100;

/**
 * How long to wait after a failure, in ms; the messages are redelivered at their acknowledgement
 * deadline.
 */
const RETRY_MS = 1000;

export interface RunOptions {
  source: MessageSource;
  /** The source's name in the store; ids are unique within it. */
  sourceName: string;
  writer: StoreWriter;
  /** Lengths of the sliding windows, in minutes. */
  resolutions: readonly number[];
  onCommitted: (counts: Counts) => void;
  onError: (error: Error) => void;
  /** When aborted, the run processes the messages that have arrived, and then ends. */
  drain: AbortSignal;
}

/**
 * Takes the messages that have arrived, runs the pipeline over them, commits, and
 * only then acknowledges them. A process that dies in between gets the messages again, and
 * recognises those that it had committed by their ids.
 */
export async function runSubscription(options: RunOptions): Promise<void> {
  const mostMessages = messagesPerTransaction(options.resolutions, MOST_MESSAGES);
  // Its memory is used for each batch.
  const rows = new RowBuffer<QuoteRow>(QUOTE.columns);
  for (;;) {
    try {
      if (await runOnce(options, mostMessages, rows)) continue;
      if (options.drain.aborted) return;
      await delay(POLL_MS);
    } catch (error) {
      options.onError(error as Error);
      if (options.drain.aborted) return;
      await delay(RETRY_MS);
    }
  }
}

/** Processes one batch; returns false if there is none. */
async function runOnce(
  { source, sourceName, writer, resolutions, onCommitted }: RunOptions,
  mostMessages: number,
  rows: RowBuffer<QuoteRow>,
): Promise<boolean> {
  const received = await source.pull(mostMessages);
  if (received.length === 0) return false;
  const committed = await writer.commit(sourceName, received, async (fresh) => {
    rows.clear();
    return await runBatch(fresh, resolutions, { rows, deadLetters: [] as DeadLetter[] });
  });
  onCommitted(countsOf(committed));
  await source.acknowledge(received);
  return true;
}

/** The counts of a batch that is committed. */
export const countsOf = (batch: Output & { messages: readonly unknown[] }): Counts => ({
  quotes: batch.messages.length - batch.deadLetters.length,
  rows: batch.rows.length,
  deadLetters: batch.deadLetters.length,
});
