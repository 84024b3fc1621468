import { setTimeout as delay } from 'node:timers/promises';
import { JobError } from '../portable/job';
import { startFlinkJob } from './flink-job';
import type { FlinkJobOptions } from './job-server';
import { outputsIn } from './part-files';
import { boundedPipeline } from './part-pipelines';

/** How often to look for outputs, in ms. */
const POLL_MS = 50;

export interface HistoryOptions extends FlinkJobOptions {
  /** Number of parts in the folder. */
  parts: number;
  /** Lengths of the sliding windows, in minutes. */
  resolutions: readonly number[];
}

/**
 * Runs the pipeline over the parts of a history, in a job on Flink that ends with this generator.
 * Yields the number of each part when its output appears.
 *
 * @throws {JobError} if the job fails, after it has yielded the finished parts
 * @throws {OperationalError} if Java or Maven is missing or the cluster cannot take the job
 */
export async function* processParts(options: HistoryOptions): AsyncGenerator<number> {
  const { folder, parts, resolutions } = options;
  const job = await startFlinkJob(
    options,
    (root) => boundedPipeline(root, folder, parts, resolutions),
    {},
    parts,
  );
  try {
    let ended = false;
    const end = job.untilDone().finally(() => {
      ended = true;
    });
    // It is thrown below, after the finished parts.
    end.catch(() => undefined);
    const seen = new Set<number>();
    for (let last = false; !last; ) {
      // Read first: no output appears after the job has ended.
      last = ended;
      const fresh = (await outputsIn(folder)).filter((part) => !seen.has(part));
      for (const part of fresh) {
        seen.add(part);
        yield part;
      }
      if (fresh.length === 0) await Promise.race([delay(POLL_MS), end.catch(() => undefined)]);
    }
    await end;
    if (seen.size < parts) throw new JobError(`Flink made ${seen.size} of ${parts} parts`);
  } finally {
    await job.stop();
  }
}
