import type { ServerResponse } from 'node:http';
import type { Listener } from './live-data.js';

/** How long a browser that lost the connection waits before it tries again, in milliseconds. */
const RETRY_MS = 2_000;

/**
 * How often a comment is sent, in milliseconds, so that neither end takes a quiet connection for a
 * dead one.
 */
const HEARTBEAT_MS = 15_000;

/**
 * A reader with so many unread bytes has stopped reading: it is disconnected, and can connect again
 * for the present state.
 */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

/**
 * Responds with server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)
 * until either end closes the connection.
 *
 * @param closing ends the stream when the server closes
 * @param subscribe takes a function that sends an event, and returns a function that ends the
 *   subscription
 */
export function streamEvents(
  response: ServerResponse,
  closing: AbortSignal,
  subscribe: (listener: Listener) => () => void,
): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    // nginx would collect events before it passes them on
    // (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering).
    'X-Accel-Buffering': 'no',
  });
  response.write(`retry: ${RETRY_MS}\n\n`);
  const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
  const unsubscribe = subscribe((name, data) => {
    // JSON has no line breaks, so one data line holds it.
    response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
  });
  const stop = () => {
    clearInterval(heartbeat);
    unsubscribe();
  };
  const end = () => {
    stop();
    response.end();
  };
  closing.addEventListener('abort', end);
  response.on('close', () => {
    closing.removeEventListener('abort', end);
    stop();
  });
}
