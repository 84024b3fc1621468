import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { OperationalError } from 'iex-cli/errors';
import { LiveData, type LiveDataOptions } from './live-data.js';
import { routes } from './routes.js';

/** The page, as the build makes it; the path is right from the source and from the build. */
const PAGE = fileURLToPath(new URL('../../dist/page/', import.meta.url));

/** The page is for this machine; a proxy on it may serve others. */
const LOOPBACK = '127.0.0.1';

/** How often to check whether a window has closed, in milliseconds. */
const LOOK_INTERVAL_MS = 250;

/** How long connections may take to end when the server closes, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000;

/** The dashboard cannot be served; the message is one line that says what to do. */
export class DashboardError extends OperationalError {
  override name = 'DashboardError';
}

export interface DashboardOptions extends LiveDataOptions {
  /** 0 for a free one. */
  port: number;
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
  const { port, healthIntervalMs, allowedHosts = [] } = options;
  if (!existsSync(`${PAGE}index.html`)) {
    throw new DashboardError('The page is not built: run `npm run build`');
  }
  const live = new LiveData(options);
  const closing = new AbortController();
  const app = routes({ live, page: PAGE, allowedHosts, closing: closing.signal });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await listen(server, port);

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
      // Streams end by themselves, unless their reader has stopped reading.
      const cutOff = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
      await closed;
      clearTimeout(cutOff);
      await live.idle();
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    await once(server.listen(port, LOOPBACK), 'listening');
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
