import { resolutions } from 'iex-contract/infrastructure';
import { runBatch } from 'iex-dataflow';
import type { Store } from '../store/store.js';
import { readBatches } from './batches.js';
import type { Input } from './input/input.js';
import { addBatch, noProgress, type ReplayOptions, type ReplayProgress } from './progress.js';
import { splitRefused } from './refused.js';

/** How many lines make a batch: as many as the store takes the rows of, 126 each, in one transaction. */
const BATCH_LINES = 900;

/**
 * Runs the pipeline, all resolutions at once, over a file of quotes, in this process. Every batch is committed on its
 * own: a replay that is interrupted and started again resumes where it was.
 *
 * @throws {OperationalError} if the file is not one of quotes, or is damaged
 */
export async function replayDirectly(
  input: Input,
  store: Store,
  { onProgress, signal }: ReplayOptions = {},
): Promise<ReplayProgress> {
  const progress = noProgress();
  const writer = await store.writer();
  const known = await store.knownLines();
  try {
    for await (const batch of readBatches(input, known, BATCH_LINES)) {
      const { good, refused } = splitRefused(batch.fresh);
      const output = await runBatch(good, resolutions);
      output.deadLetters.push(...refused);
      await writer.commitLines(batch.fresh, output);
      addBatch(progress, batch, output);
      onProgress?.(progress);
      if (signal?.aborted) break;
    }
  } finally {
    known.close();
    writer.close();
  }
  return progress;
}
