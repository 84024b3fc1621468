import { resolutions } from 'iex-contract/infrastructure';
import { runBatch } from 'iex-dataflow';
import type { Store } from '../store/store.js';
import { readBatches, SOURCE } from './batches.js';
import { addBatch, noProgress, type ReplayOptions, type ReplayProgress } from './progress.js';

/** How many lines make a batch: as many as the store takes the rows of, 126 each, in one transaction. */
const BATCH_LINES = 900;

/**
 * Runs the pipeline, all resolutions at once, over a file of quotes as JSON lines, in this process. Every batch is
 * committed on its own: a replay that is broken off and started again goes on where it was.
 */
export async function replayDirectly(
  file: string,
  store: Store,
  { onProgress, signal }: ReplayOptions = {},
): Promise<ReplayProgress> {
  const progress = noProgress();
  const writer = await store.writer();
  try {
    for await (const { lines, bytes } of readBatches(file, BATCH_LINES)) {
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
