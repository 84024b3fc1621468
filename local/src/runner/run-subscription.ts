import { setTimeout as delay } from 'node:timers/promises';
import { runBatch } from 'iex-dataflow';
import { messagesPerTransaction } from '../store/row-limit.js';
import type { StoreWriter } from '../store/writer.js';
import type { Committed } from './protocol.js';
import type { MessageSource } from './subscription-source.js';

/** The most messages of a batch, which bounds how long it holds its messages. */
const MOST_MESSAGES = 1000;

/** How long to wait where nothing has arrived, which is the most that a lone message waits. */
const POLL_MS = 100;

/** How long to wait after a failure; the messages come again at their acknowledgement deadline. */
const RETRY_MS = 1000;

export interface RunOptions {
  source: MessageSource;
  /** Names the source in the store: ids are unique within it. */
  sourceName: string;
  writer: StoreWriter;
  resolutionMinutes: number;
  onCommitted: (committed: Committed) => void;
  onError: (error: Error) => void;
  /** Once aborted, what has arrived is still processed, and then the run ends. */
  drain: AbortSignal;
}

/**
 * Takes what has arrived, runs the pipeline of one resolution over it, commits, and only then acknowledges. A process
 * that dies in between finds the messages again, and those that it had committed are known by their ids.
 */
export async function runSubscription(options: RunOptions): Promise<void> {
  for (;;) {
    try {
      if (await runOnce(options)) continue;
      if (options.drain.aborted) return;
      await delay(POLL_MS);
    } catch (error) {
      options.onError(error as Error);
      if (options.drain.aborted) return;
      await delay(RETRY_MS);
    }
  }
}

/** Processes one batch; false where there was none. */
async function runOnce({
  source,
  sourceName,
  writer,
  resolutionMinutes,
  onCommitted,
}: RunOptions): Promise<boolean> {
  const received = await source.pull(messagesPerTransaction([resolutionMinutes], MOST_MESSAGES));
  if (received.length === 0) return false;
  const { messages, rows, deadLetters } = await writer.commit(sourceName, received, (fresh) =>
    runBatch(fresh, [resolutionMinutes]),
  );
  onCommitted({
    resolutionMinutes,
    quotes: messages.length - deadLetters.length,
    rows: rows.length,
    deadLetters: deadLetters.length,
  });
  await source.acknowledge(received);
  return true;
}
