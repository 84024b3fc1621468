import { setTimeout as delay } from 'node:timers/promises';
import { type FlinkJob, startFlinkJob } from './flink-job';
import type { FlinkJobOptions } from './job-server';
import { giveSign, SIGN_MS } from './life-sign';
import { offerAgain } from './part-files';
import { unboundedPipeline } from './part-pipelines';

/** How long to wait before a job that cannot be started is tried again, in ms. */
const RETRY_MS = 2000;

export interface StreamOptions extends FlinkJobOptions {
  /** Lengths of the sliding windows, in minutes. */
  resolutions: readonly number[];
  /** Called when the job has failed or cannot be started again; gets the reason, in one line. */
  onFailure: (reason: string) => void;
  /** Called when the job has been started again. */
  onRestart: () => void;
}

export type Stream = Awaited<ReturnType<typeof startStream>>;

/**
 * Runs the pipeline on Flink over the parts that appear in a folder, until it is stopped. Whatever
 * of it fails, a new job with new processes replaces all of it, and processes the parts that have
 * no output.
 *
 * @throws {OperationalError} if Java or Maven is missing, the cluster cannot take the job or Flink
 *   refuses it
 */
export async function startStream(options: StreamOptions) {
  let job = await startJob(options);
  let runningSince = performance.now();
  let isStopped = false;
  /** The last failure, which is reported once however often it is repeated. */
  let reported = '';
  const signs = setInterval(() => giveSign(options.folder).catch(() => undefined), SIGN_MS);

  const report = (reason: string) => {
    if (reason !== reported && !isStopped) options.onFailure(reason);
    reported = reason;
  };
  const endJob = async () => {
    runningSince = Number.POSITIVE_INFINITY;
    await job.stop();
  };
  /** Tries until it succeeds or is not wanted any more. */
  const startAgain = async () => {
    while (!isStopped) {
      try {
        job = await startJob(options);
        runningSince = performance.now();
        return;
      } catch (error) {
        report((error as Error).message);
        await delay(RETRY_MS);
      }
    }
  };
  const keepRunning = async () => {
    for (;;) {
      const reason = await job.untilDone().then(
        () => 'the job ended',
        (error: Error) => error.message,
      );
      await endJob();
      if (isStopped) return;
      report(reason);
      await startAgain();
      if (isStopped) return await job.stop();
      options.onRestart();
      reported = '';
    }
  };
  const ended = keepRunning();
  return {
    /** How many parts can be processed at once. */
    get slots() {
      return job.slots;
    },
    /**
     * When the job was started, in ms by the monotonic clock; infinity while there is none. On a
     * cluster it still needs a while to receive Beam's jars.
     */
    get runningSince() {
      return runningSince;
    },
    /** Replaces a job that does not make progress. */
    async restart(reason: string): Promise<void> {
      report(reason);
      await endJob();
    },
    /** Ends the job and its processes. */
    async stop(): Promise<void> {
      isStopped = true;
      await job.stop();
      await ended;
      clearInterval(signs);
    },
  };
}

async function startJob(options: StreamOptions): Promise<FlinkJob> {
  const { folder, resolutions } = options;
  await giveSign(folder);
  await offerAgain(folder);
  return await startFlinkJob(options, (root) => unboundedPipeline(root, folder, resolutions), {
    streaming: true,
    // Whatever the cluster's default is: Flink does not know which parts to offer again.
    number_of_execution_retries: 0,
    // A worker gets each tick at once. By default it gets a thousand, or those of a second,
    // together.
    max_bundle_size: 1,
  });
}
