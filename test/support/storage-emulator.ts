import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { RefusedError, StorageObjects } from './storage-objects.js';

/**
 * A bucket's fields as the API has them
 * (https://cloud.google.com/storage/docs/json_api/v1/buckets#resource).
 */
export interface BucketResource {
  name: string;
  /** The project's id. The API has its number. */
  project: string;
  [field: string]: unknown;
}

/** The response to a request; by default 200 and no body. */
interface Answer {
  status?: number;
  headers?: OutgoingHttpHeaders;
  /** Bytes are sent unchanged, anything else as JSON. */
  body?: unknown;
}

/** A request, read whole. */
interface Request {
  /** Such as `POST /storage/v1/b`. */
  operation: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/**
 * The part of Cloud Storage's JSON API that creates and lists buckets and objects, in memory.
 * Unlike the emulators that can be installed, it keeps all settings of a bucket, and checks the
 * metadata of an object, which its users must get right.
 */
export class StorageEmulator {
  readonly buckets = new Map<string, BucketResource>();
  readonly objects = new StorageObjects();
  /** Requests that would change something, such as `POST /storage/v1/b`. */
  readonly changes: string[] = [];
  /** The values of the header `Authorization` of the requests. */
  readonly authorizations = new Set<string | undefined>();
  /** The HTTP status of every response, or of the responses for which a function returns one. */
  failWith: number | ((operation: string) => number | undefined) | undefined;
  /** Called before a bucket is created. */
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
    return `${this.#origin}/storage/v1`;
  }

  get #origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Adds an existing bucket. */
  add(bucket: BucketResource): void {
    this.buckets.set(bucket.name, { kind: 'storage#bucket', ...bucket, id: bucket.name });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(incoming.url ?? '', this.url);
    // The client appends an upload's path to the value of the variable.
    const path = pathname.replace(/^\/storage\/v1\/upload\//, '/upload/');
    const operation = `${incoming.method} ${path}`;
    if (incoming.method !== 'GET') this.changes.push(operation);
    this.authorizations.add(incoming.headers.authorization);
    const body = await readBody(incoming);

    const status =
      typeof this.failWith === 'function' ? this.failWith(operation) : this.failWith || undefined;
    try {
      if (status) throw new RefusedError(status, 'asked for by a test');
      const request = { operation, path, query, headers: incoming.headers, body };
      const answer = path === '/storage/v1/b' ? this.#onBuckets(request) : this.#onObjects(request);
      send(response, answer);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      send(response, errorAnswer(error.status, error.message));
    }
  }

  #onBuckets({ operation, query, body }: Request): Answer {
    const project = query.get('project');
    if (!project) throw new RefusedError(400, 'Required parameter: project');
    if (operation === 'GET /storage/v1/b') {
      const prefix = query.get('prefix') ?? '';
      const items = [...this.buckets.values()].filter(
        (bucket) => bucket.project === project && bucket.name.startsWith(prefix),
      );
      return { body: { kind: 'storage#buckets', items } };
    }
    if (operation === 'POST /storage/v1/b') {
      this.beforeInsert();
      const bucket = JSON.parse(String(body));
      if (this.buckets.has(bucket.name)) {
        throw new RefusedError(409, 'The requested bucket name is not available.');
      }
      this.add({ ...bucket, project });
      return { body: this.buckets.get(bucket.name) };
    }
    throw new RefusedError(501, `not emulated: ${operation}`);
  }

  #onObjects(request: Request): Answer {
    const { operation, path, query } = request;
    const match =
      /^(?:\/upload)?\/storage\/v1\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(path) ??
      // Go's client, which Terraform's backend uses, reads with the older XML API.
      /^\/(?!storage\/|upload\/)([^/]+)\/(.+)$/.exec(path);
    if (!match) throw new RefusedError(501, `not emulated: ${operation}`);
    const [bucket = '', name = ''] = match.slice(1).map((part) => decodeURIComponent(part ?? ''));
    if (!this.buckets.has(bucket)) {
      throw new RefusedError(404, 'The specified bucket does not exist.');
    }
    if (path.startsWith('/upload/')) return this.#onUpload(request, bucket);
    if (operation.startsWith('GET ') && !name) {
      const items = this.objects.list(bucket, query.get('prefix') ?? '');
      return { body: { kind: 'storage#objects', items } };
    }
    const found = this.objects.get(bucket, name);
    if (!found) throw new RefusedError(404, `No such object: ${bucket}/${name}`);
    if (operation.startsWith('DELETE ')) {
      this.objects.delete(bucket, name);
      return { status: 204 };
    }
    if (!operation.startsWith('GET ')) throw new RefusedError(501, `not emulated: ${operation}`);
    const isContent = query.get('alt') === 'media' || !path.startsWith('/storage/');
    if (!isContent) return { body: found };
    const { md5Hash, crc32c, generation, contentType } = found;
    const headers = {
      'content-type': String(contentType),
      'x-goog-hash': [`crc32c=${crc32c}`, `md5=${md5Hash}`],
      'x-goog-generation': generation,
    };
    return { headers, body: this.objects.content(bucket, name) };
  }

  /**
   * https://cloud.google.com/storage/docs/uploads-downloads: in one request of one or two parts, or
   * resumable.
   */
  #onUpload(request: Request, bucket: string): Answer {
    const { operation, path, query, headers, body } = request;
    const session = query.get('upload_id');
    if (operation.startsWith('PUT ') && session) {
      const done = this.objects.continue(session, headers['content-range'] ?? '', body);
      if (typeof done === 'object') return { body: done };
      // Without the header, nothing has been received yet.
      return { status: 308, headers: done > 0 ? { range: `bytes=0-${done - 1}` } : {} };
    }
    const type = query.get('uploadType');
    const ifGenerationMatch = query.get('ifGenerationMatch');
    const objectOf = (fields: Record<string, unknown>) => {
      const name = query.get('name') ?? fields.name;
      if (typeof name !== 'string' || !name)
        throw new RefusedError(400, 'Required parameter: name');
      return { bucket, name, fields, ifGenerationMatch };
    };
    switch (operation.startsWith('POST ') ? type : undefined) {
      case 'media': {
        const object = objectOf({ contentType: headers['content-type'] });
        return { body: this.objects.put(object, body) };
      }
      case 'multipart': {
        const [fields, content] = splitParts(body, headers['content-type'] ?? '');
        const object = objectOf(JSON.parse(String(fields)));
        return { body: this.objects.put(object, content) };
      }
      case 'resumable': {
        const contentType = headers['x-upload-content-type'];
        const fields = { ...(contentType && { contentType }), ...JSON.parse(String(body) || '{}') };
        const id = this.objects.begin(objectOf(fields));
        const location = `${this.#origin}${path}?uploadType=resumable&upload_id=${id}`;
        return { headers: { location } };
      }
      default:
        throw new RefusedError(501, `not emulated: ${operation} of type ${type}`);
    }
  }
}

/** The two parts of a body of `multipart/related`: an object's fields and its content. */
function splitParts(body: Buffer, contentType: string): [fields: Buffer, content: Buffer] {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/.exec(contentType) ?? [];
  const boundary = `--${quoted ?? plain}`;
  const partAfter = (start: number): [part: Buffer, end: number] => {
    const begin = body.indexOf('\r\n\r\n', start) + 4;
    const end = body.indexOf(`\r\n${boundary}`, begin);
    if (begin < 4 || end < 0) throw new RefusedError(400, 'not a multipart body');
    return [body.subarray(begin, end), end + 2];
  };
  const [fields, end] = partAfter(body.indexOf(boundary));
  const [content] = partAfter(end);
  return [fields, content];
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: Answer): void {
  if (body === undefined || Buffer.isBuffer(body)) {
    response.writeHead(status, headers).end(body);
  } else {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  }
}

/**
 * An error in the form of the API: https://cloud.google.com/storage/docs/json_api/v1/status-codes
 */
function errorAnswer(code: number, message: string): Answer {
  return {
    status: code,
    body: { error: { code, message, errors: [{ message, domain: 'global' }] } },
  };
}
