import { setTimeout as delay } from 'node:timers/promises';
import { FlinkJob, type FlinkJobOptions } from './flink-job';
import { outputsIn } from './part-files';
import { boundedPipeline } from './part-pipelines';

/** How often to look for outputs, in ms. */
const POLL_MS = 50;

export interface HistoryOptions extends FlinkJobOptions {
  /** Number of parts. */
  parts: number;
  /** Lengths of the sliding windows, in minutes. */
  resolutions: readonly number[];
}

/** A job on Flink that runs the pipeline over a history. */
export class History {
  readonly #options: HistoryOptions;
  readonly #job: FlinkJob;

  private constructor(options: HistoryOptions, job: FlinkJob) {
    this.#options = options;
    this.#job = job;
  }

  /**
   * Starts the job.
   *
   * @throws {OperationalError} if Java or Maven is missing, the cluster cannot take the job or Flink
   *   refuses it
   */
  static async start(options: HistoryOptions): Promise<History> {
    const { folder, parts, resolutions } = options;
    const job = await FlinkJob.start(
      options,
      (root) => boundedPipeline(root, folder, parts, resolutions),
      {},
      parts,
    );
    return new History(options, job);
  }

  /**
   * Yields the number of each part when its output appears, and ends after the last.
   *
   * @throws {JobError} if the job fails, after it has yielded the finished parts
   */
  async *finishedParts(): AsyncGenerator<number> {
    const { folder, parts } = this.#options;
    let ended = false;
    const end = this.#job.untilDone().finally(() => {
      ended = true;
    });
    // It is thrown below, after the finished parts.
    end.catch(() => undefined);
    const seen = new Set<number>();
    for (;;) {
      // Read first: no output appears after the job has ended.
      const last = ended;
      const fresh = (await outputsIn(folder)).filter((part) => !seen.has(part));
      for (const part of fresh) {
        seen.add(part);
        yield part;
      }
      if (last) break;
      if (fresh.length === 0) await Promise.race([delay(POLL_MS), end.catch(() => undefined)]);
    }
    await end;
    if (seen.size < parts) throw new Error(`Flink made ${seen.size} of ${parts} parts`);
  }

  /** Cancels the job if it is running, and stops the processes that were started for it. */
  async stop(): Promise<void> {
    await this.#job.stop();
  }
}
