import type { DashboardEventName, DashboardEvents, DashboardState } from '../../src/server/api.js';
import { type EventListener, RETRY_MS, type StreamStatus } from './event-source.js';

/** The name of the lock and of the channel, which only windows of the same server share. */
const NAME = 'iex-stream events';

/** What the leading window passes on to the others. */
type Message = { status: StreamStatus } | { name: DashboardEventName; data: never };

/**
 * Reads the server's events for all windows of the browser over one connection, because a browser
 * allows six connections to a server (HTTP/1.1). One window leads: it holds a lock and the
 * connection, and passes the events on to the others. The browser gives the lock to the next window
 * as soon as the leader leaves, is closed or crashes.
 *
 * @param open opens the connection, and returns what closes it
 * @returns a function that leaves
 */
export function shareEvents(
  open: (listener: EventListener) => () => void,
  listener: EventListener,
): () => void {
  // Browsers have locks only on https:// and localhost.
  if (!navigator.locks) return open(listener);
  const left = new AbortController();
  const channel = new BroadcastChannel(NAME);
  let hasState = false;
  const deliver = (message: Message) => {
    if (left.signal.aborted) return;
    if ('status' in message) {
      listener.status(message.status);
    } else {
      hasState ||= message.name === 'state';
      listener.event(message.name, message.data);
    }
  };
  const passOn = (message: Message) => {
    deliver(message);
    channel.postMessage(message);
  };
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => deliver(data));

  const lead = () =>
    new Promise<void>((resolve) => {
      const close = open({
        event: (name, data) => passOn({ name, data: data as never }),
        status: (status) => passOn({ status }),
      });
      left.signal.addEventListener('abort', () => {
        close();
        resolve();
      });
    });
  navigator.locks.request(NAME, { signal: left.signal }, lead).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error;
  });

  /** Fetches what the leader received before this window joined. */
  const catchUp = async () => {
    const { held } = await navigator.locks.query();
    const hasLeader = held?.some(({ name }) => name === NAME);
    if (!hasLeader || hasState || left.signal.aborted) return;
    try {
      const response = await fetch('/api/state', { signal: left.signal });
      if (!response.ok) throw new Error(`the server responded with status ${response.status}`);
      const state = (await response.json()) as DashboardState;
      if (hasState) return;
      deliver({ name: 'state', data: state as DashboardEvents['state'] as never });
      deliver({ status: 'live' });
    } catch {
      deliver({ status: 'disconnected' });
      setTimeout(catchUp, RETRY_MS);
    }
  };
  void catchUp();

  return () => {
    left.abort();
    channel.close();
  };
}
