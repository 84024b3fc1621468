import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The part of Dataflow's API that says how jobs are doing. */
export class DataflowStub {
  /** The states that a job goes through, one for each request; the last one stays. Running by default. */
  readonly states = new Map<string, string[]>();
  /** The errors that a job has logged. */
  readonly errors = new Map<string, string[]>();
  /** An HTTP status to answer the next requests with. */
  failWith: number[] = [];
  /** All requests, such as `/v1b3/projects/P/locations/R/jobs/ID`, with their `Authorization`. */
  readonly requests: { path: string; authorization: string | undefined }[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', ({ url = '', headers }, response) => {
      const { pathname } = new URL(url, this.url);
      this.requests.push({ path: url, authorization: headers.authorization });
      const [, id = '', messages] = /\/jobs\/([^/]+)(\/messages)?$/.exec(pathname) ?? [];
      const status = this.failWith.shift();
      const body = status
        ? { error: { code: status, message: 'asked for by a test' } }
        : messages
          ? this.#messagesOf(id)
          : { id, currentState: this.#stateOf(id) };
      response.writeHead(status ?? 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  }

  static async start(): Promise<DataflowStub> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DataflowStub(server);
  }

  /** As Terraform's provider takes it, with the version. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1b3/`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #stateOf(id: string): string {
    const states = this.states.get(id) ?? ['JOB_STATE_RUNNING'];
    return (states.length > 1 ? states.shift() : states[0]) ?? '';
  }

  /** The service answers the newest first. */
  #messagesOf(id: string) {
    const jobMessages = (this.errors.get(id) ?? []).map((messageText, i) => ({
      messageText,
      messageImportance: 'JOB_MESSAGE_ERROR',
      time: new Date(1_800_000_000_000 + i * 1000).toISOString(),
    }));
    return jobMessages.length > 0 ? { jobMessages: jobMessages.toReversed() } : {};
  }
}
