import { resolutions as deployedResolutions } from 'iex-contract/infrastructure';
import { messagesPerTransaction } from '../store/row-limit.js';
import type { Store } from '../store/store.js';
import { type Batch, readBatches } from './batches.js';
import type { QuoteFile } from './input/quote-file.js';
import { PipelineThread } from './pipeline-thread.js';
import { addBatch, noProgress, type ReplayOptions, type ReplayProgress } from './progress.js';
import { splitRefused } from './refused.js';

/** The most lines of a batch, which bounds how long a replay takes to stop. */
const MOST_LINES = 1000;

/**
 * Runs the pipeline, all resolutions at once, over a file of quotes, on Beam's direct runner. Every
 * batch is committed on its own: a replay that is interrupted and started again resumes where it
 * was. While one batch is committed, the next one is processed, and the one after it is read.
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
  const pipeline = new PipelineThread(resolutions);
  const writer = await store.writer();
  const known = await store.knownLines();
  try {
    const batches = oneAhead(readBatches(file, known, batchLines));
    for await (const { batch, output } of oneAhead(outputs(batches, pipeline))) {
      await writer.commitLines(batch.fresh, output);
      addBatch(progress, batch, output);
      pipeline.reuse(output.rows);
      onProgress?.(progress);
      if (signal?.aborted) break;
    }
  } finally {
    known.close();
    writer.close();
    await pipeline.close();
  }
  return progress;
}

/** Makes the output of each batch. */
async function* outputs(batches: AsyncIterable<Batch>, pipeline: PipelineThread) {
  for await (const batch of batches) {
    const { good, refused } = splitRefused(batch.fresh);
    const { rows, deadLetters } = await pipeline.run(good.map(({ payload }) => payload));
    yield { batch, output: { rows, deadLetters: [...deadLetters, ...refused] } };
  }
}

/** Makes the next item while the last one is being used. */
async function* oneAhead<Item>(items: AsyncGenerator<Item>): AsyncGenerator<Item> {
  let next = items.next();
  try {
    for (;;) {
      const item = await next;
      if (item.done) return;
      next = items.next();
      // It is thrown when the item is asked for.
      next.catch(() => undefined);
      yield item.value;
    }
  } finally {
    await next.catch(() => undefined);
    await items.return(undefined);
  }
}
