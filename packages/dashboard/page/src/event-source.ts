import type { DashboardEventName, DashboardEvents } from '../../src/server/api.js';

/** Whether the events of the server arrive. */
export type StreamStatus = 'live' | 'disconnected';

/** Receives the server's events and learns whether they arrive. */
export interface EventListener {
  event<Name extends DashboardEventName>(name: Name, data: DashboardEvents[Name]): void;
  status(status: StreamStatus): void;
}

const NAMES: readonly DashboardEventName[] = ['state', 'window', 'trends', 'health', 'problem'];

/** How long to wait, in milliseconds, after a refusal, on which the browser itself gives up. */
export const RETRY_MS = 5_000;

/**
 * Opens a connection to the server's events and opens it again whenever it is lost. The first event
 * of each connection is `state`, so that missed events do not matter.
 *
 * @returns a function that closes the connection
 */
export function openEvents(listener: EventListener): () => void {
  let source: EventSource;
  let retry: number | undefined;
  const open = () => {
    source = new EventSource('/api/events');
    for (const name of NAMES) {
      source.addEventListener(name, (event) => listener.event(name, JSON.parse(event.data)));
    }
    source.addEventListener('state', () => listener.status('live'));
    source.addEventListener('error', () => {
      listener.status('disconnected');
      if (source.readyState === EventSource.CLOSED) retry = window.setTimeout(open, RETRY_MS);
    });
  };
  open();
  return () => {
    clearTimeout(retry);
    source.close();
  };
}
