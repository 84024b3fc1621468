import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OperationalError } from '../errors.js';
import type { MarketData } from '../market-data/market-data.js';
import type { ApiError, PriceHistory } from './api.js';
import { type Asset, loadAssets } from './assets.js';
import { streamEvents } from './event-stream.js';
import type { HealthSource } from './health.js';
import { LiveData } from './live-data.js';
import { refusal, SECURITY_HEADERS } from './request-guard.js';

/** The page, as the build makes it. */
const PAGE = new URL('../../dist/page/', import.meta.url);

/** The dashboard cannot be served; the message is one line that says what to do. */
export class DashboardError extends OperationalError {
  override name = 'DashboardError';
}

export interface DashboardOptions {
  marketData: MarketData;
  /** Where the data comes from, for people to read: `DuckDB .local/iex.duckdb`. */
  source: string;
  /** Lengths of the windows, in minutes. */
  resolutions: readonly number[];
  /** 0 for a free one. */
  port: number;
  /** The address to listen on, one of loopback. */
  host?: string;
  /** Counts what the pipeline does, where it runs in reach. */
  health?: HealthSource;
  /** How often, in milliseconds, the pipeline's health is read between windows; never where it is absent. */
  healthIntervalMs?: number;
  /** How long after a window's end its last rows have arrived, as a rule, in milliseconds. */
  settleMs?: number;
}

/** A dashboard that is being served. */
export interface Dashboard {
  url: string;
  /** Ends all connections and frees the port. The market data stays open. */
  close(): Promise<void>;
}

/**
 * Serves the dashboard.
 *
 * @throws {DashboardError} if the port is in use or may not be used, or the page is not built
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host = '127.0.0.1', port, healthIntervalMs, settleMs = 500 } = options;
  const assets = await loadAssets(PAGE).catch((cause: Error) => {
    throw new DashboardError('The page is not built: run `npm run build`', { cause });
  });
  const live = new LiveData({ ...options, settleMs });
  const server = createServer((request, response) => {
    answer(request, response, live, assets).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: error.message } satisfies ApiError);
    });
  });
  await listen(server, host, port);
  const stopReading = keepUpToDate(live, healthIntervalMs);
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      stopReading();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Reads after each window, and in between what is worth it, while anybody watches; returns what ends it. */
function keepUpToDate(live: LiveData, healthIntervalMs: number | undefined): () => void {
  let windowTimer: NodeJS.Timeout;
  const waitForWindow = () => {
    windowTimer = setTimeout(async () => {
      if (live.watched) await live.refresh();
      waitForWindow();
    }, live.untilNextWindow());
  };
  waitForWindow();
  const healthTimer =
    healthIntervalMs &&
    setInterval(() => {
      if (live.watched) void live.refreshHealth();
    }, healthIntervalMs);
  return () => {
    clearTimeout(windowTimer);
    if (healthTimer) clearInterval(healthTimer);
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  live: LiveData,
  assets: Map<string, Asset>,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  const refused = refusal(request);
  if (refused) {
    if (refused.status === 405) response.setHeader('Allow', 'GET, HEAD');
    return sendJson(response, refused.status, { error: refused.error } satisfies ApiError);
  }
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const asset = assets.get(pathname);
  if (asset) return sendAsset(request, response, asset);
  if (pathname === '/api/events') {
    if (request.method === 'HEAD') return void response.end();
    return streamEvents(response, (listener) => live.subscribe(listener));
  }
  const { status, body } = await answerApi(pathname, searchParams, live);
  sendJson(response, status, body);
}
