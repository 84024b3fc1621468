import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A bucket's fields as the API has them (https://cloud.google.com/storage/docs/json_api/v1/buckets#resource). */
export interface BucketResource {
  name: string;
  /** The project's id. The API has its number. */
  project: string;
  [field: string]: unknown;
}

/**
 * The part of Cloud Storage's JSON API that makes and lists buckets, in memory. Unlike the emulators that can be
 * installed it keeps all that a bucket is made with, which is what its user must get right.
 */
export class StorageEmulator {
  readonly buckets = new Map<string, BucketResource>();
  /** Requests that would change something, such as `POST /storage/v1/b`. */
  readonly changes: string[] = [];
  /** Answers every request with it; an HTTP status. */
  failWith: number | undefined;
  /** Called before a bucket is made. */
  beforeInsert: () => void = () => undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      this.#handle(request, response).catch((error) => response.destroy(error));
    });
  }

  static async start(): Promise<StorageEmulator> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new StorageEmulator(server);
  }

  /** For `STORAGE_EMULATOR_HOST`, from which Google's client takes the path as well. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/storage/v1`;
  }

  /** Adds a bucket that was there before. */
  add(bucket: BucketResource): void {
    this.buckets.set(bucket.name, { kind: 'storage#bucket', id: bucket.name, ...bucket });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const operation = `${request.method} ${pathname}`;
    if (request.method !== 'GET') this.changes.push(operation);
    const body = await readBody(request);

    if (this.failWith) return sendError(response, this.failWith, 'asked for by a test');
    const project = searchParams.get('project');
    if (!project) return sendError(response, 400, 'Required parameter: project');
    if (operation === 'GET /storage/v1/b') {
      const prefix = searchParams.get('prefix') ?? '';
      const items = [...this.buckets.values()].filter(
        (bucket) => bucket.project === project && bucket.name.startsWith(prefix),
      );
      return send(response, 200, { kind: 'storage#buckets', items });
    }
    if (operation === 'POST /storage/v1/b') {
      this.beforeInsert();
      const bucket = JSON.parse(body);
      if (this.buckets.has(bucket.name)) {
        return sendError(response, 409, 'The requested bucket name is not available.');
      }
      this.add({ ...bucket, project });
      return send(response, 200, this.buckets.get(bucket.name));
    }
    return sendError(response, 501, `not emulated: ${operation}`);
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** An error as the API words it: https://cloud.google.com/storage/docs/json_api/v1/status-codes */
function sendError(response: ServerResponse, code: number, message: string): void {
  send(response, code, { error: { code, message, errors: [{ message, domain: 'global' }] } });
}
