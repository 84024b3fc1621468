import { errorBody, GoogleStub } from './google-stub.js';

/** The part of Dataflow's API that reports the state of jobs. */
export class DataflowStub {
  /**
   * The states that a job goes through, one for each request; the last one stays. Running by
   * default.
   */
  readonly states = new Map<string, string[]>();
  /** The errors that a job has logged. */
  readonly errors = new Map<string, string[]>();
  /** HTTP statuses of the next responses. */
  readonly failures: number[] = [];
  #stub!: GoogleStub;

  static async start(): Promise<DataflowStub> {
    const dataflow = new DataflowStub();
    dataflow.#stub = await GoogleStub.start(({ operation }) => {
      const [, id, messages] = /\/jobs\/([^/?]+)(\/messages\?)?/.exec(operation) ?? [];
      const status = dataflow.failures.shift();
      if (status) return [status, errorBody(status, 'asked for by a test')];
      if (!id) return [404, errorBody(404, `not emulated: ${operation}`)];
      const body = messages
        ? dataflow.#messagesOf(id)
        : { id, currentState: dataflow.#stateOf(id) };
      return [200, body];
    });
    return dataflow;
  }

  get requests() {
    return this.#stub.requests;
  }

  /** As Terraform's provider takes it, with the version. */
  get url(): string {
    return `${this.#stub.url}/v1b3/`;
  }

  async close(): Promise<void> {
    await this.#stub.close();
  }

  #stateOf(id: string): string {
    const states = this.states.get(id) ?? ['JOB_STATE_RUNNING'];
    return (states.length > 1 ? states.shift() : states[0]) ?? '';
  }

  /** The newest first, as the service has them. */
  #messagesOf(id: string) {
    const jobMessages = (this.errors.get(id) ?? []).map((messageText, i) => ({
      messageText,
      messageImportance: 'JOB_MESSAGE_ERROR',
      time: new Date(1_800_000_000_000 + i * 1000).toISOString(),
    }));
    return jobMessages.length > 0 ? { jobMessages: jobMessages.toReversed() } : {};
  }
}
