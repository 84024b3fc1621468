import type { Context } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { LiveData } from './live-data.js';

/** How long a browser that lost the connection waits before it tries again, in milliseconds. */
const RETRY_MS = 2_000;

/**
 * How often a comment is sent, in milliseconds, so that neither end takes a quiet connection for a
 * dead one.
 */
const HEARTBEAT_MS = 15_000;

/**
 * A reader for which this many characters wait has stopped reading: it is disconnected, and can
 * connect again for the present state.
 */
const MAX_WAITING = 8 * 1024 * 1024;

/**
 * Responds with server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)
 * until either end closes the connection.
 *
 * @param closing ends the stream when the server closes
 */
export function eventStream(context: Context, live: LiveData, closing: AbortSignal): Response {
  // nginx would collect events before it passes them on
  // (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering).
  context.header('X-Accel-Buffering', 'no');
  // Nobody would read the stream, so nothing would end it.
  if (context.req.method === 'HEAD') return context.body(null);
  const response = streamSSE(context, async (stream) => {
    await stream.write(`retry: ${RETRY_MS}\n\n`);
    const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT_MS);
    const unsubscribe = live.subscribe(sender(stream));
    await ended(stream, closing);
    clearInterval(heartbeat);
    unsubscribe();
  });
  // Else the connection would outlive the stream, and keep the server from closing.
  response.headers.set('Connection', 'close');
  return response;
}

/** Sends events, and disconnects a reader that has stopped reading. */
function sender(stream: SSEStreamingApi): (event: string, data: unknown) => void {
  let waiting = 0;
  return (event, value) => {
    const data = JSON.stringify(value);
    waiting += data.length;
    if (waiting > MAX_WAITING) stream.abort();
    else void stream.writeSSE({ event, data }).then(() => (waiting -= data.length));
  };
}

function ended(stream: SSEStreamingApi, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      // The signal outlives the stream.
      closing.removeEventListener('abort', end);
      resolve();
    };
    stream.onAbort(end);
    closing.addEventListener('abort', end);
    // A reader may leave before anybody listens for that.
    if (stream.aborted || closing.aborted) end();
  });
}
