import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Call } from '../grpc/service.js';
import {
  asJsonObject,
  fromProtoJson,
  type JsonObject,
  toProtoJson,
} from '../protocol/proto-json.js';
import { invalidArgument, PubSubError, toPubSubError, unimplemented } from '../protocol/status.js';
import { status, statusName } from '../protocol/status-codes.js';
import { readJsonBody } from './body.js';
import { allowCrossOrigin } from './cors.js';
import { HTTP_STATUS } from './http-status.js';
import type { Route } from './routes.js';

/**
 * Parameters that every Google API accepts, in addition to those with a `$`:
 * https://cloud.google.com/apis/docs/system-parameters
 */
const SYSTEM_PARAMETERS = new Set([
  'access_token',
  'alt',
  'callback',
  'fields',
  'key',
  'oauth_token',
  'prettyPrint',
  'quotaUser',
  'uploadType',
  'upload_protocol',
]);

const ERROR_INFO_TYPE = 'type.googleapis.com/google.rpc.ErrorInfo';

export interface RestOptions {
  routes: readonly Route[];
  /** The most bytes that a body may have. */
  maxBytes: number;
  /** Deletes all resources, at a `POST /reset`. */
  reset: () => void;
  /** Is called with one line for each response. */
  log: ((line: string) => void) | undefined;
}

/** Creates a server that serves the routes as JSON. It does not listen yet. */
export function createRestServer(options: RestOptions): Server {
  const { reset, log } = options;
  return createServer(async (request, response) => {
    if (log) response.once('close', () => log(describe(request, response)));
    if (allowCrossOrigin(request, response)) return void response.end();
    switch (`${request.method} ${request.url}`) {
      case 'GET /':
        return sendText(response, 'Ok\n');
      case 'POST /reset':
        reset();
        return sendText(response, 'Reset\n');
      default:
        return serve(options, request, response);
    }
  });
}

function describe({ method, url }: IncomingMessage, response: ServerResponse): string {
  const outcome = response.writableFinished ? response.statusCode : 'aborted by the client';
  return `REST ${method} ${url} ${outcome}`;
}

function sendText(response: ServerResponse, text: string): void {
  response.setHeader('content-type', 'text/plain');
  response.end(text);
}

async function serve(
  options: RestOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let result: object;
  try {
    result = await call(options, request, response);
  } catch (error) {
    const { code, message, info } = toPubSubError(error);
    response.statusCode = HTTP_STATUS[code];
    const details = info && { details: [{ '@type': ERROR_INFO_TYPE, ...info }] };
    result = {
      error: { code: response.statusCode, message, status: statusName(code), ...details },
    };
  }
  const body = JSON.stringify(result);
  response.setHeader('content-type', 'application/json; charset=UTF-8');
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}

async function call(
  { routes, maxBytes }: RestOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<JsonObject> {
  const [path = '', query = ''] = request.url?.split('?') ?? [];
  const { route, pathValue } = findRoute(routes, methodOf(request), decode(path));
  const { handler, body, requestType, responseType } = route;
  if (!handler) throw unimplemented('this method', 'it is newer than the emulator');
  let json = parseQuery(query);
  if (body !== undefined) {
    const sent = await readJsonBody(request, maxBytes);
    json = body === '*' ? sent : { ...json, [body]: sent };
  }
  const message = fromProtoJson(requestType, withField(json, route.pathField, pathValue));
  const result = await handler(message as never, new RestCall(response));
  return toProtoJson(responseType, result ?? {});
}

/** Java's HTTP client cannot send PATCH, and so Google's client for it names that in a header. */
function methodOf(request: IncomingMessage): string | undefined {
  return request.headers['x-http-method-override']?.toString() ?? request.method;
}

function findRoute(routes: readonly Route[], httpMethod: string | undefined, path: string) {
  for (const route of routes) {
    const [, captured] = (httpMethod === route.httpMethod && route.path.exec(path)) || [];
    if (captured !== undefined) return { route, pathValue: captured };
  }
  throw new PubSubError(status.NOT_FOUND, `Method not found: ${httpMethod} ${path}`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalidArgument(`Invalid path: ${text}`, { cause });
  }
}

/** A parameter may name a field inside another: `options.requestedPolicyVersion`. */
function parseQuery(query: string): JsonObject {
  return [...new URLSearchParams(query)]
    .filter(([name]) => !name.startsWith('$') && !SYSTEM_PARAMETERS.has(name))
    .reduce((json, [name, value]) => withField(json, name.split('.'), value), {});
}

/** `json` with `value` in the field at `path`. */
function withField(json: JsonObject, path: readonly string[], value: string): JsonObject {
  const [field = '', ...rest] = path;
  if (rest.length === 0) return { ...json, [field]: value };
  const inner = asJsonObject(json[field] ?? {}, field);
  return { ...json, [field]: withField(inner, rest, value) };
}

/** A call over HTTP; it is cancelled when the client disconnects before the response. */
class RestCall extends EventEmitter implements Call {
  cancelled = false;

  constructor(response: ServerResponse) {
    super();
    response.once('close', () => {
      this.cancelled = !response.writableFinished;
      if (this.cancelled) this.emit('cancelled');
      this.emit('close');
    });
  }

  onceSent(callback: () => void): void {
    this.once('close', callback);
  }

  /** HTTP/1.1 has no way to find out. */
  onceReceived(callback: () => void): void {
    callback();
  }
}
