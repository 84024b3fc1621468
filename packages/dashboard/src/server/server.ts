import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OperationalError } from 'iex-cli/errors';
import { loadAssets } from './assets.js';
import { LiveData, type LiveDataOptions } from './live-data.js';
import { answer } from './routes.js';

/** The page, as the build makes it; the path is right from the source and from the build. */
const PAGE = new URL('../../dist/page/', import.meta.url);

/** How often to check whether a window has closed, in milliseconds. */
const LOOK_INTERVAL_MS = 250;

/** The dashboard cannot be served; the message is one line that says what to do. */
export class DashboardError extends OperationalError {
  override name = 'DashboardError';
}

export interface DashboardOptions extends LiveDataOptions {
  /** 0 for a free one. */
  port: number;
  /** The address to listen on, which must be one of loopback. */
  host?: string;
  /**
   * Names other than loopback's under which a proxy on this machine may serve the page; `*.NAME`
   * for all below it.
   */
  allowedHosts?: readonly string[];
  /**
   * How often the health is read between windows, in milliseconds; without it, only after each
   * window.
   */
  healthIntervalMs?: number;
}

/** A dashboard that is being served. */
export interface Dashboard {
  url: string;
  /**
   * Ends all connections, frees the port and waits for running queries. The market data stays open.
   */
  close(): Promise<void>;
}

/**
 * Serves the dashboard. It reads the market data only while somebody looks at the page.
 *
 * @throws {DashboardError} if the port cannot be listened on, or if the page is not built
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host = '127.0.0.1', port, healthIntervalMs, allowedHosts = [] } = options;
  const assets = await loadAssets(PAGE).catch((cause) => {
    throw new DashboardError('The page is not built: run `npm run build`', { cause });
  });
  const live = new LiveData(options);
  const closing = new AbortController();
  const content = { live, assets, allowedHosts, closing: closing.signal };
  const server = createServer((request, response) => void answer(request, response, content));
  await listen(server, host, port);

  const timers = [setInterval(() => live.watched && live.refresh(), LOOK_INTERVAL_MS)];
  if (healthIntervalMs !== undefined) {
    timers.push(setInterval(() => live.watched && live.refreshHealth(), healthIntervalMs));
  }
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const timer of timers) clearInterval(timer);
      const closed = new Promise((resolve) => server.close(resolve));
      closing.abort();
      server.closeAllConnections();
      await closed;
      await live.idle();
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new DashboardError(
      code === 'EADDRINUSE'
        ? `Port ${port} is in use: stop what listens there, or choose another port with --port`
        : `Cannot listen on port ${port}: ${message}`,
      { cause },
    );
  }
}
