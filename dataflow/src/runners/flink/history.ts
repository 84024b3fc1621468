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

/** How often to look for outputs. */
const POLL_MS = 50;

export interface HistoryOptions {
  /** Absolute; has the parts, and takes their outputs, see `history-files`. Its name is the job's, and unique. */
  folder: string;
  /** How many there are. */
  parts: number;
  /** Lengths of the sliding windows, in minutes. */
  resolutions: readonly number[];
  /** REST address of a Flink session cluster, HOST:PORT; without it, Flink runs on this machine for this history. */
  master?: string | undefined;
}

/** A history that Flink runs the pipeline over. */
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
   * @throws {ToolError} if Java or Maven is missing, the cluster cannot take the job or Flink refuses it
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
   * The numbers of the parts as their outputs come; it ends after the last.
   *
   * @throws {JobError} if the job failed, after the parts that were finished
   */
  async *finishedParts(): AsyncGenerator<number> {
    const { folder, parts } = this.#options;
    let ended = false;
    const end = this.#job.untilDone().finally(() => {
      ended = true;
    });
    // Thrown below, once what was finished before is taken.
    end.catch(() => undefined);
    const seen = new Set<number>();
    for (;;) {
      // Looked at first: what is there when the job has ended is all that will be.
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

  /** Ends the job, if it is under way, and all that was started for it. */
  async stop(): Promise<void> {
    // A cluster that no longer answers has nothing that we could end.
    await this.#endOnCluster().catch(() => undefined);
    this.#job.close();
    await this.#server.stop();
  }
}

function thisMachine(): Capacity {
  const slots = availableParallelism();
  return { slots, slotsPerTaskManager: slots };
}
