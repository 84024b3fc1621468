import { resolutions as deployedResolutions } from 'iex-contract/infrastructure';
import { runBatch } from 'iex-dataflow';
import { messagesPerTransaction } from '../store/row-limit.js';
import type { Store } from '../store/store.js';
import { readBatches } from './batches.js';
import type { QuoteFile } from './input/quote-file.js';
import { addBatch, noProgress, type ReplayOptions, type ReplayProgress } from './progress.js';
import { splitRefused } from './refused.js';

/** The most lines of a batch, which bounds how long a replay takes to stop. */
const MOST_LINES = 1000;

/**
 * Runs the pipeline, all resolutions at once, over a file of quotes, in this process. Every batch
 * is committed on its own: a replay that is interrupted and started again resumes where it was.
 *
 * @throws {OperationalError} if the file is damaged
 */
export async function replayDirectly(
  file: QuoteFile,
  store: Store,
  { onProgress, signal }: ReplayOptions = {},
  resolutions: readonly number[] = deployedResolutions,
): Promise<ReplayProgress> {
  const progress = noProgress();
  const batchLines = messagesPerTransaction(resolutions, MOST_LINES);
  const writer = await store.writer();
  const known = await store.knownLines();
  try {
    for await (const batch of readBatches(file, known, batchLines)) {
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
