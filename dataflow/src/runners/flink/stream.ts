import { setTimeout as delay } from 'node:timers/promises';
import { FlinkJob, type FlinkJobOptions } from './flink-job';
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

/**
 * Runs the pipeline on Flink over the parts that appear in a folder, until it is stopped. Whatever
 * of it fails, a new job with new processes replaces all of it, and processes the parts that have
 * no output.
 */
export class Stream {
  readonly #options: StreamOptions;
  readonly #ended: Promise<void>;
  readonly #signs: NodeJS.Timeout;
  #job: FlinkJob;
  #runningSince = performance.now();
  #stopped = false;
  /** The last failure, which is reported once however often it is repeated. */
  #reported = '';

  private constructor(options: StreamOptions, job: FlinkJob) {
    this.#options = options;
    this.#job = job;
    this.#signs = setInterval(() => giveSign(options.folder).catch(() => undefined), SIGN_MS);
    this.#ended = this.#keepRunning();
  }

  /**
   * @throws {OperationalError} if Java or Maven is missing, the cluster cannot take the job or Flink
   *   refuses it
   */
  static async start(options: StreamOptions): Promise<Stream> {
    return new Stream(options, await startJob(options));
  }

  /** How many parts can be processed at once. */
  get slots(): number {
    return this.#job.slots;
  }

  /**
   * When the job was started, in ms by the monotonic clock; infinity while there is none. On a
   * cluster it still needs a while to receive Beam's jars.
   */
  get runningSince(): number {
    return this.#runningSince;
  }

  /** Replaces a job that does not make progress. */
  async restart(reason: string): Promise<void> {
    this.#report(reason);
    this.#runningSince = Number.POSITIVE_INFINITY;
    await this.#job.stop();
  }

  /** Ends the job and its processes. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#job.stop();
    await this.#ended;
    clearInterval(this.#signs);
  }

  async #keepRunning(): Promise<void> {
    for (;;) {
      const reason = await this.#job.untilDone().then(
        () => 'the job ended',
        (error: Error) => error.message,
      );
      this.#runningSince = Number.POSITIVE_INFINITY;
      await this.#job.stop();
      if (this.#stopped) return;
      this.#report(reason);
      await this.#startAgain();
      if (this.#stopped) return await this.#job.stop();
      this.#options.onRestart();
      this.#reported = '';
    }
  }

  /** Tries until it succeeds or is not wanted any more. */
  async #startAgain(): Promise<void> {
    while (!this.#stopped) {
      try {
        this.#job = await startJob(this.#options);
        this.#runningSince = performance.now();
        return;
      } catch (error) {
        this.#report((error as Error).message);
        await delay(RETRY_MS);
      }
    }
  }

  #report(reason: string): void {
    if (reason !== this.#reported && !this.#stopped) this.#options.onFailure(reason);
    this.#reported = reason;
  }
}

async function startJob(options: StreamOptions): Promise<FlinkJob> {
  const { folder, resolutions } = options;
  await giveSign(folder);
  await offerAgain(folder);
  return await FlinkJob.start(options, (root) => unboundedPipeline(root, folder, resolutions), {
    streaming: true,
    // Whatever the cluster's default is: Flink does not know which parts to offer again.
    number_of_execution_retries: 0,
    // A worker gets each tick at once. By default it gets a thousand, or those of a second,
    // together.
    max_bundle_size: 1,
  });
}
