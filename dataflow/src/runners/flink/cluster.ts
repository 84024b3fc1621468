import { OperationalError } from 'iex-cli';
import { until } from 'iex-cli/until';

/** The version of Flink's jars (`flink-job-server/pom.xml`), which the cluster's must match. */
const FLINK_VERSION = '1.19';

/** How long to wait for a response, in ms. */
const RESPONSE_MS = 10_000;

/** How long to wait for the end of a job that is cancelled, in ms, and how often to look. */
const CANCEL_MS = 20_000;
const POLL_MS = 100;

/** The states that a job does not leave. */
const ENDED = new Set(['FINISHED', 'CANCELED', 'FAILED']);

interface JobOverview {
  jid: string;
  name: string;
  state: string;
}

/** How many tasks a cluster can run at once. */
export interface Capacity {
  /** Free task slots of all TaskManagers. */
  slots: number;
  /** Task slots of the largest TaskManager. */
  slotsPerTaskManager: number;
}

/**
 * A Flink session cluster, by its REST API
 * (https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/ops/rest_api/).
 */
export class Cluster {
  readonly #address: string;

  /** @param address HOST:PORT */
  constructor(address: string) {
    this.#address = address;
  }

  /**
   * Reads the free capacity.
   *
   * @throws {OperationalError} if the cluster does not respond, has another version of Flink or no free
   *   slot
   */
  async capacity(): Promise<Capacity> {
    const overview = await this.#request<{ 'flink-version': string; 'slots-available': number }>(
      'overview',
    );
    const version = overview['flink-version'];
    if (!version?.startsWith(`${FLINK_VERSION}.`))
      throw new OperationalError(
        `the Flink cluster at ${this.#address} is version ${version}: it must be ${FLINK_VERSION}`,
      );
    const slots = overview['slots-available'];
    if (slots === 0)
      throw new OperationalError(
        `the Flink cluster at ${this.#address} has no free slot: start a TaskManager, or wait`,
      );
    const { taskmanagers } = await this.#request<{ taskmanagers: { slotsNumber: number }[] }>(
      'taskmanagers',
    );
    const sizes = taskmanagers.map(({ slotsNumber }) => slotsNumber);
    return { slots, slotsPerTaskManager: Math.max(1, ...sizes) };
  }

  /**
   * Cancels all jobs of a name, because Beam's job server does not cancel the job on the cluster, and
   * waits until they have ended: until then they have their slots.
   */
  async cancel(name: string): Promise<void> {
    for (const { jid } of await this.#running(name)) {
      await this.#request(`jobs/${jid}?mode=cancel`, 'PATCH');
    }
    await until(async () => (await this.#running(name)).length === 0, {
      pollMs: POLL_MS,
      timeoutMs: CANCEL_MS,
    });
  }

  async #running(name: string): Promise<JobOverview[]> {
    const { jobs } = await this.#request<{ jobs: JobOverview[] }>('jobs/overview');
    return jobs.filter((job) => job.name === name && !ENDED.has(job.state));
  }

  async #request<T>(path: string, method = 'GET'): Promise<T> {
    try {
      const response = await fetch(`http://${this.#address}/${path}`, {
        method,
        signal: AbortSignal.timeout(RESPONSE_MS),
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return (await response.json()) as T;
    } catch (error) {
      throw new OperationalError(
        `no Flink cluster responds at ${this.#address}: is it the REST address of a JobManager? (${reason(error as Error)})`,
        { cause: error },
      );
    }
  }
}

/** The reason of an error of `fetch`, which is in its cause. */
function reason({ message, cause }: Error): string {
  return cause instanceof Error
    ? cause.message || String((cause as NodeJS.ErrnoException).code)
    : message;
}
