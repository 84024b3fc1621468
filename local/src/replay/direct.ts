import { resolutions as deployedResolutions } from 'iex-contract/infrastructure';
import { runBatch } from 'iex-dataflow';
import { messagesPerTransaction } from '../store/row-limit.js';
import type { Store } from '../store/store.js';
import { readBatches, SOURCE } from './batches.js';
import { addBatch, noProgress, type ReplayOptions, type ReplayProgress } from './progress.js';

/** The most lines of a batch, which bounds how long a replay takes to stop. */
const MOST_LINES = 1000;

/**
 * Runs the pipeline, all resolutions at once, over a file of quotes as JSON lines, in this process. Every batch is
 * committed on its own: a replay that is broken off and started again goes on where it was.
 */
export async function replayDirectly(
  file: string,
  store: Store,
  { onProgress, signal }: ReplayOptions = {},
  resolutions: readonly number[] = deployedResolutions,
): Promise<ReplayProgress> {
  const progress = noProgress();
  const batchLines = messagesPerTransaction(resolutions, MOST_LINES);
  const writer = await store.writer();
  try {
    for await (const { lines, bytes } of readBatches(file, batchLines)) {
      const { messages, ...output } = await writer.commit(SOURCE, lines, (fresh) =>
        runBatch(fresh, resolutions),
      );
      addBatch(progress, { lines: lines.length, bytes }, messages.length, output);
      onProgress?.(progress);
      if (signal?.aborted) break;
    }
  } finally {
    writer.close();
  }
  return progress;
}
