import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiError, PriceHistory } from './api.js';
import type { Asset } from './assets.js';
import { streamEvents } from './event-stream.js';
import type { LiveData } from './live-data.js';
import { refusal, SECURITY_HEADERS } from './request-guard.js';

/** A mistake in a request. */
class RequestError extends Error {
  override name = 'RequestError';
  readonly status: 400 | 404;

  constructor(status: 400 | 404, message: string) {
    super(message);
    this.status = status;
  }
}

/** The sources of the responses. */
export interface Content {
  live: LiveData;
  /** By path. */
  assets: ReadonlyMap<string, Asset>;
  /** Names other than loopback's under which the page is served. */
  allowedHosts: readonly string[];
  /** Aborted when the server closes. */
  closing: AbortSignal;
}

/** Responds to a request with a file of the page, the stream of events, or JSON. Never fails. */
export async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { live, assets, closing, allowedHosts }: Content,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  const refused = refusal(request, allowedHosts);
  if (refused) {
    if (refused.status === 405) response.setHeader('Allow', 'GET, HEAD');
    sendJson(response, refused.status, { error: refused.error } satisfies ApiError);
    return;
  }

  const [path = '/', query] = (request.url ?? '/').split('?', 2);
  const asset = assets.get(path);
  if (asset) {
    sendAsset(request, response, asset);
  } else if (path === '/api/events' && request.method === 'GET') {
    streamEvents(response, closing, (listener) => live.subscribe(listener));
  } else {
    try {
      sendJson(response, 200, await answerApi(path, new URLSearchParams(query), live));
    } catch (error) {
      const status = error instanceof RequestError ? error.status : 500;
      sendJson(response, status, { error: (error as Error).message } satisfies ApiError);
    }
  }
}

/** @throws {RequestError} for an unknown path or a wrong query */
async function answerApi(path: string, query: URLSearchParams, live: LiveData): Promise<object> {
  const state = await live.state();
  switch (path) {
    case '/api/state':
      return state;
    case '/api/health':
      if (!state.health) throw new Error(state.problem ?? 'The health is not known yet');
      return state.health;
    case '/api/window': {
      const resolutionMinutes = resolutionOf(query, state.resolutions);
      const window = state.windows.find((one) => one.resolutionMinutes === resolutionMinutes);
      if (!window) throw new RequestError(404, state.problem ?? 'No window has closed yet');
      return window;
    }
    case '/api/prices': {
      const resolutionMinutes = resolutionOf(query, state.resolutions);
      const symbol = query.get('symbol');
      if (!symbol) throw new RequestError(400, 'symbol is missing');
      const points = await live.prices(resolutionMinutes, symbol);
      return { symbol, resolutionMinutes, points } satisfies PriceHistory;
    }
    default:
      throw new RequestError(404, `There is nothing at ${path}`);
  }
}

/** The parameter `resolution`, in minutes. */
function resolutionOf(query: URLSearchParams, resolutions: readonly number[]): number {
  const resolution = Number(query.get('resolution'));
  if (!resolutions.includes(resolution)) {
    throw new RequestError(400, `resolution must be one of ${resolutions.join(', ')} (minutes)`);
  }
  return resolution;
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}

function sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset): void {
  const known = request.headers['if-none-match'] === asset.headers.ETag;
  response.writeHead(known ? 304 : 200, asset.headers);
  response.end(known ? undefined : asset.body);
}
