import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A request to a service. */
export interface StubRequest {
  /** Such as `POST /v1/projects/P/secrets/S:addVersion`. */
  operation: string;
  authorization: string | undefined;
  /** The parsed JSON of its body; undefined without a body. */
  body: unknown;
}

/** A Google service with a REST API that responds as a test specifies. */
export class GoogleStub {
  readonly requests: StubRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param answer gives the status and the body of a response */
  static async start(
    answer: (request: StubRequest) => readonly [status: number, body: object],
  ): Promise<GoogleStub> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stub = new GoogleStub(server);
    server.on('request', async (incoming: IncomingMessage, response) => {
      const { method, url, headers } = incoming;
      const request = {
        operation: `${method} ${url}`,
        authorization: headers.authorization,
        body: method === 'GET' ? undefined : await json(incoming),
      };
      stub.requests.push(request);
      const [status, body] = answer(request);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
    return stub;
  }

  /** Without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** An error in the form of Google's services. */
export const errorBody = (code: number, message: string) => ({ error: { code, message } });
