import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '../../tools/service';
import { Job } from '../portable/job';
import { inEnvironment, pipelineProto } from '../portable/pipeline-proto';
import { type Capacity, Cluster } from './cluster';
import { outputsIn } from './history-files';
import { historyPipeline } from './history-pipeline';
import { HISTORY_STEPS } from './history-steps';
import { startJobServer } from './job-server';
import { processEnvironment } from './worker-environment';

/** How often to look for outputs, in ms. */
const POLL_MS = 50;

export interface HistoryOptions {
  /**
   * Absolute path of the folder of parts and outputs, see `history-files`. Its name is unique, and
   * the job's name.
   */
  folder: string;
  /** Number of parts. */
  parts: number;
  /** Lengths of the sliding windows, in minutes. */
  resolutions: readonly number[];
  /**
   * REST address of a Flink session cluster, HOST:PORT; without it, Flink runs on this machine for
   * this history.
   */
  master?: string | undefined;
}

/** A job on Flink that runs the pipeline over a history. */
export class History {
  readonly #options: HistoryOptions;
  readonly #job: Job;
  readonly #server: Service;
  readonly #endOnCluster: () => Promise<void>;

  private constructor(
    options: HistoryOptions,
    job: Job,
    server: Service,
    endOnCluster: () => Promise<void>,
  ) {
    this.#options = options;
    this.#job = job;
    this.#server = server;
    this.#endOnCluster = endOnCluster;
  }

  /**
   * Starts the job.
   *
   * @throws {OperationalError} if Java or Maven is missing, the cluster cannot take the job or Flink
   *   refuses it
   */
  static async start(options: HistoryOptions): Promise<History> {
    const { folder, parts, resolutions, master } = options;
    const cluster = master === undefined ? undefined : new Cluster(master);
    const { slots, slotsPerTaskManager } = (await cluster?.capacity()) ?? thisMachine();
    const name = basename(folder);
    const environment = await processEnvironment(folder);
    const proto = await pipelineProto((root) => historyPipeline(root, folder, parts, resolutions));
    const server = await startJobServer({ folder, master });
    try {
      const job = await Job.submit({
        endpoint: server.address,
        name,
        pipeline: inEnvironment(proto, environment),
        options: {
          job_name: name,
          parallelism: Math.min(slots, parts),
          // A worker is one thread of JavaScript.
          sdk_worker_parallelism: slotsPerTaskManager,
        },
        modules: [HISTORY_STEPS],
      });
      return new History(options, job, server, async () => cluster?.cancel(name));
    } catch (error) {
      await server.stop();
      throw error;
    }
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
    // If the cluster does not respond, there is nothing to cancel.
    await this.#endOnCluster().catch(() => undefined);
    this.#job.close();
    await this.#server.stop();
  }
}

function thisMachine(): Capacity {
  const slots = availableParallelism();
  return { slots, slotsPerTaskManager: slots };
}
