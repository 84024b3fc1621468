import { resolutions as deployedResolutions } from 'iex-contract/infrastructure';
import { messagesPerTransaction } from '../store/row-limit.js';
import type { Store } from '../store/store.js';
import { type Batch, readBatches } from './batches.js';
import type { QuoteFile } from './input/quote-file.js';
import { type PipelineThread, pipelineThread } from './pipeline-thread.js';
import { addBatch, noProgress, type ReplayOptions, type ReplayProgress } from './progress.js';
import { splitRefused } from './refused.js';

/** The most lines of a batch, which bounds how long a replay takes to stop. */
const MOST_LINES = 400;

/** How many batches are processed at the same time: as many as the writer can keep up with. */
const THREADS = 2;

/**
 * Runs the pipeline, all resolutions at once, over a file of quotes, on Beam's direct runner. Every
 * batch is committed on its own: a replay that is interrupted and started again resumes where it
 * was. While one batch is committed, the next ones are processed, and the one after them is read.
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
  const pipelines = Array.from({ length: THREADS }, () => pipelineThread(resolutions));
  const writer = await store.writer();
  const known = await store.knownLines();
  try {
    const batches = oneAhead([readBatches(file, known, batchLines)]);
    const lanes = pipelines.map((pipeline) => outputs(batches, pipeline));
    for await (const { batch, output, pipeline } of oneAhead(lanes)) {
      await writer.commitLines(batch.fresh, output);
      addBatch(progress, batch, output);
      pipeline.reuse(output.rows);
      onProgress?.(progress);
      if (signal?.aborted) break;
    }
  } finally {
    known.close();
    writer.close();
    for (const pipeline of pipelines) await pipeline.close();
  }
  return progress;
}

/** Makes the output of each batch that no other pipeline has taken. */
async function* outputs(batches: AsyncIterable<Batch>, pipeline: PipelineThread) {
  for await (const batch of batches) {
    const { good, refused } = splitRefused(batch.fresh);
    const { rows, deadLetters } = await pipeline.run(good.map(({ payload }) => payload));
    yield { batch, output: { rows, deadLetters: [...deadLetters, ...refused] }, pipeline };
  }
}

/**
 * Takes an item of each lane in turn, until one has ended. Each lane makes its next item while the
 * last one is being used.
 */
async function* oneAhead<Item>(lanes: readonly AsyncGenerator<Item>[]): AsyncGenerator<Item> {
  const start = (lane: AsyncGenerator<Item>) => {
    const next = lane.next();
    // It is thrown when the item is asked for.
    next.catch(() => undefined);
    return next;
  };
  const started = lanes.map((lane) => ({ lane, next: start(lane) }));
  try {
    for (;;) {
      for (const turn of started) {
        const item = await turn.next;
        if (item.done) return;
        turn.next = start(turn.lane);
        yield item.value;
      }
    }
  } finally {
    await Promise.allSettled(started.map(({ next }) => next));
    for (const lane of lanes) await lane.return(undefined);
  }
}
