import { ToolError } from '../../tools/tool-error';

/** What Flink's jars are of, see `flink-job-server/pom.xml`; a cluster of another line does not understand them. */
const FLINK_LINE = '1.19';

const ANSWER_MS = 10_000;

/** How much a cluster can do at once. */
export interface Capacity {
  /** Tasks, in all its TaskManagers. */
  slots: number;
  /** Tasks in the largest of its TaskManagers. */
  slotsPerTaskManager: number;
}

/** A Flink session cluster, by its REST API (https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/ops/rest_api/). */
export class Cluster {
  readonly #address: string;

  /** @param address HOST:PORT */
  constructor(address: string) {
    this.#address = address;
  }

  /**
   * What is free of it.
   *
   * @throws {ToolError} if it does not answer, is of another line of Flink or has no slot free
   */
  async capacity(): Promise<Capacity> {
    const overview = await this.#request<{ 'flink-version': string; 'slots-available': number }>(
      'overview',
    );
    const version = overview['flink-version'];
    if (!version?.startsWith(`${FLINK_LINE}.`))
      throw new ToolError(
        `the Flink cluster at ${this.#address} is version ${version}: it must be ${FLINK_LINE}`,
      );
    const slots = overview['slots-available'];
    if (slots === 0)
      throw new ToolError(
        `the Flink cluster at ${this.#address} has no free slot: start a TaskManager, or wait`,
      );
    const { taskmanagers } = await this.#request<{ taskmanagers: { slotsNumber: number }[] }>(
      'taskmanagers',
    );
    const sizes = taskmanagers.map(({ slotsNumber }) => slotsNumber);
    return { slots, slotsPerTaskManager: Math.max(1, ...sizes) };
  }

  /** Ends the jobs of a name; Beam's job server lets them go on when it is asked to end one. */
  async cancel(name: string): Promise<void> {
    const { jobs } = await this.#request<{ jobs: { jid: string; name: string; state: string }[] }>(
      'jobs/overview',
    );
    for (const job of jobs) {
      if (job.name === name && job.state !== 'FINISHED')
        await this.#request(`jobs/${job.jid}?mode=cancel`, 'PATCH');
    }
  }

  async #request<T>(path: string, method = 'GET'): Promise<T> {
    try {
      const response = await fetch(`http://${this.#address}/${path}`, {
        method,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return (await response.json()) as T;
    } catch (error) {
      throw new ToolError(
        `no Flink cluster answers at ${this.#address}: is it the REST address of a JobManager? (${reason(error as Error)})`,
        { cause: error },
      );
    }
  }
}

/** `fetch` hides the reason in the cause. */
function reason({ message, cause }: Error): string {
  return cause instanceof Error
    ? cause.message || String((cause as NodeJS.ErrnoException).code)
    : message;
}
