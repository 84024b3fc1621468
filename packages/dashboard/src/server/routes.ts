import type { HttpBindings } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { HTTPException } from 'hono/http-exception';
import type { ApiError, PriceHistory } from './api.js';
import { eventStream } from './event-stream.js';
import type { LiveData } from './live-data.js';
import { refusal, SECURITY_HEADERS } from './request-guard.js';

/** The sources of the responses. */
export interface Content {
  live: LiveData;
  /** The folder of the page's files. */
  page: string;
  /** Names other than loopback's under which the page is served. */
  allowedHosts: readonly string[];
  /** Aborted when the server closes. */
  closing: AbortSignal;
}

/** Responds to requests with the files of the page, the stream of events, or JSON. */
export function routes({ live, page, allowedHosts, closing }: Content) {
  const app = new Hono<{ Bindings: HttpBindings }>();

  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.header(name, value);
    const refused = refusal(context.env.incoming, allowedHosts);
    if (!refused) return next();
    if (refused.status === 405) context.header('Allow', 'GET, HEAD');
    return context.json({ error: refused.error } satisfies ApiError, refused.status);
  });

  app.use('/api/*', async (context, next) => {
    context.header('Cache-Control', 'no-store');
    await next();
  });
  app.get('/api/events', (context) => eventStream(context, live, closing));
  app.get('/api/state', async (context) => context.json(await live.state()));
  app.get('/api/health', async (context) => {
    const { health, problem } = await live.state();
    if (!health) throw new Error(problem ?? 'The health is not known yet');
    return context.json(health);
  });
  app.get('/api/window', async (context) => {
    const { windows, resolutions, problem } = await live.state();
    const resolutionMinutes = resolutionOf(context.req.query('resolution'), resolutions);
    const window = windows.find((one) => one.resolutionMinutes === resolutionMinutes);
    if (window) return context.json(window);
    throw new HTTPException(404, { message: problem ?? 'No window has closed yet' });
  });
  app.get('/api/prices', async (context) => {
    const { resolutions } = await live.state();
    const resolutionMinutes = resolutionOf(context.req.query('resolution'), resolutions);
    const symbol = context.req.query('symbol');
    if (!symbol) throw new HTTPException(400, { message: 'symbol is missing' });
    const points = await live.prices(resolutionMinutes, symbol);
    return context.json({ symbol, resolutionMinutes, points } satisfies PriceHistory);
  });

  const noCache = (_path: string, context: { header(name: string, value: string): void }) =>
    context.header('Cache-Control', 'no-cache');
  app.use(etag(), serveStatic({ root: page, onFound: noCache }));
  app.notFound(({ req, json }) => json({ error: `There is nothing at ${req.path}` }, 404));
  app.onError((error, { json }) =>
    json(
      { error: error.message } satisfies ApiError,
      error instanceof HTTPException ? error.status : 500,
    ),
  );
  return app;
}

/** The parameter `resolution`, in minutes. */
function resolutionOf(value: string | undefined, resolutions: readonly number[]): number {
  const resolution = Number(value);
  if (resolutions.includes(resolution)) return resolution;
  const message = `resolution must be one of ${resolutions.join(', ')} (minutes)`;
  throw new HTTPException(400, { message });
}
