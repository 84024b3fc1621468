import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { TICKER_PATTERN } from 'iex-contract';
import { serveFaults } from './fault-routes.js';
import { type Fault, Faults } from './faults.js';
import { createPrices, type PriceAt } from './prices.js';
import { shapes } from './shapes/index.js';
import type { Shape, ShapeRequest, SimulatedQuote, SimulatedResponse } from './shapes/shape.js';

export type { Fault } from './faults.js';

export interface QuoteSimulatorOptions {
  /** TCP port on the loopback interface; by default a free one. */
  readonly port?: number;
  /** Chooses the prices; the same seed gives the same ones. */
  readonly seed?: number;
  /** How long every response takes, in ms. */
  readonly latencyMs?: number;
  /** The symbols it knows; by default every valid one. */
  readonly symbols?: readonly string[];
  /** The time of the prices, in ms since the Unix epoch. */
  readonly now?: () => number;
}

/** A quote API on this machine, in the shapes of several real ones. */
export interface QuoteSimulator {
  /** `http://127.0.0.1:PORT`, the base URL for the source `iex`. */
  readonly url: string;
  /** The base URL for a quote source by its name. */
  urlFor(source: string): string;
  /** Switches a fault on, or off with `undefined`; for one symbol or for all that have none. */
  setFault(fault: Fault | undefined, symbol?: string): void;
  /** How many requests for quotes have come in. */
  readonly requestCount: number;
  /** Stops at once, even if requests are waiting for their responses. */
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

/** How long an idle connection is kept, in ms; a minute is usual among real APIs. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Starts the simulator on the loopback interface. Faults can also be switched over HTTP while it
 * runs:
 *
 *     curl -X PUT localhost:PORT/faults -d '{"fault": {"kind": "slow", "ms": 3000}}'
 *     curl -X PUT localhost:PORT/faults -d '{"fault": {"kind": "nullPrice"}, "symbol": "AAPL"}'
 *     curl localhost:PORT/faults              # what is on
 *     curl -X DELETE localhost:PORT/faults    # all off
 *
 * @throws the server's error if the port is not free
 */
export async function startQuoteSimulator(
  options: QuoteSimulatorOptions = {},
): Promise<QuoteSimulator> {
  const { port = 0, seed = 1, latencyMs = 0, symbols, now = Date.now } = options;
  const faults = new Faults();
  const stopping = new AbortController();
  // Every request that is waiting for its response listens to it.
  setMaxListeners(0, stopping.signal);
  const known = symbols && new Set(symbols.map((symbol) => symbol.toUpperCase()));
  const quotes = createQuotes(createPrices(seed), known, faults, now);
  let requestCount = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://simulator');
    if (url.pathname === '/faults') return serveFaults(request, response, faults);
    const asked = route({ url, headers: request.headers });
    if (!asked) return send(response, { status: 404, body: 'Not found' });
    requestCount++;
    if (latencyMs > 0) await delay(latencyMs, undefined, { signal: stopping.signal });
    const fault = asked.symbols.map((symbol) => faults.of(symbol)).find(spoilsRequest);
    switch (fault?.kind) {
      case 'timeout':
        return;
      case 'connectionReset':
        request.socket.resetAndDestroy();
        return;
      case 'slow':
        await delay(fault.ms, undefined, { signal: stopping.signal });
        break;
      case 'serverError':
        return send(response, { status: fault.status ?? 500, body: 'Internal server error' });
      case 'html':
        return send(response, { status: 200, body: HTML_PAGE }, { 'content-type': 'text/html' });
      case 'throttled':
        return send(
          response,
          { ...asked.shape.throttled, ...(fault.status && { status: fault.status }) },
          fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) },
        );
      case 'refusedSymbol':
        return send(response, { status: fault.status ?? 404, body: 'Unknown symbol' });
    }
    if (!asked.shape.hasToken(asked.request)) {
      return send(response, { status: 401, body: 'A token is required' });
    }
    send(response, asked.shape.respond(asked.request.url, quotes(asked.symbols)));
  };

  const server = createServer((request, response) => {
    // This fails only if the client has disconnected or the simulator is closing.
    serve(request, response).catch(() => response.destroy());
  });
  // Node's default of 5 s would end every connection between two slots.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    urlFor: (source) => url + shapeNamed(source).basePath,
    setFault: (fault, symbol) => faults.set(fault, symbol),
    get requestCount() {
      return requestCount;
    },
    close: () =>
      new Promise((resolve) => {
        stopping.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const HTML_PAGE = '<!doctype html><title>Sorry</title><p>We will be back soon.';

interface Asked {
  readonly shape: Shape;
  readonly request: ShapeRequest;
  readonly symbols: readonly string[];
}

/** Finds the API that a request is for, and its symbols; `undefined` if there is none. */
function route({ url, headers }: ShapeRequest): Asked | undefined {
  for (const shape of Object.values(shapes)) {
    if (!url.pathname.startsWith(`${shape.basePath}/`)) continue;
    const relative = new URL(url);
    relative.pathname = url.pathname.slice(shape.basePath.length);
    const symbols = shape.symbols(relative);
    if (symbols) return { shape, request: { url: relative, headers }, symbols };
  }
  return undefined;
}

function shapeNamed(source: string): Shape {
  const shape = Object.hasOwn(shapes, source) ? shapes[source] : undefined;
  if (!shape) throw new RangeError(`the simulator does not speak the shape of ${source}`);
  return shape;
}

/** Whether a fault affects the whole response, and not only one symbol in it. */
function spoilsRequest(fault: Fault | undefined): boolean {
  return (
    fault !== undefined && !['missingPrice', 'nullPrice', 'unknownSymbol'].includes(fault.kind)
  );
}

/** Returns the quotes of the known ones among some symbols, unless a fault takes them away. */
function createQuotes(
  priceAt: PriceAt,
  known: ReadonlySet<string> | undefined,
  faults: Faults,
  now: () => number,
): (symbols: readonly string[]) => ReadonlyMap<string, SimulatedQuote> {
  return (symbols) => {
    const time = now();
    const quotes = new Map<string, SimulatedQuote>();
    for (const symbol of symbols) {
      const ticker = symbol.toUpperCase();
      const fault = faults.of(ticker)?.kind;
      if (fault === 'unknownSymbol' || !(known ? known.has(ticker) : TICKER_PATTERN.test(ticker)))
        continue;
      const price = priceAt(ticker, time);
      quotes.set(symbol, {
        symbol,
        price: fault === 'missingPrice' ? undefined : fault === 'nullPrice' ? null : price,
        previousClose: priceAt(ticker, time - DAY_MS),
        time,
      });
    }
    return quotes;
  };
}

function send(
  response: ServerResponse,
  { status, body }: SimulatedResponse,
  headers: Record<string, string> = {},
): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/plain' : 'application/json',
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}
