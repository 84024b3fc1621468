import type { DashboardEventName, DashboardEvents } from '../../src/server/api.js';

/** `paused`: the tab is hidden, and takes no connection and causes no query. */
export type ConnectionStatus = 'connecting' | 'live' | 'disconnected' | 'paused';

/** What to do with each server-sent event. */
export type EventHandlers = {
  [Name in DashboardEventName]: (data: DashboardEvents[Name]) => void;
};

/** After a refusal the browser gives up; so long, in milliseconds, until the next attempt. */
const RETRY_MS = 5_000;

/**
 * Keeps a connection to the server's events while the tab is visible. Whenever it is made, the first event is `state`,
 * so that nothing that was missed matters.
 */
export function connect(
  handlers: EventHandlers,
  onStatus: (status: ConnectionStatus) => void,
): void {
  let source: EventSource | undefined;
  let retry: number | undefined;

  const close = () => {
    clearTimeout(retry);
    source?.close();
    source = undefined;
  };
  const open = () => {
    close();
    const opened = new EventSource('/api/events');
    source = opened;
    for (const [name, handle] of Object.entries(handlers)) {
      opened.addEventListener(name, (event) => handle(JSON.parse(event.data)));
    }
    opened.addEventListener('state', () => onStatus('live'));
    opened.addEventListener('error', () => {
      onStatus('disconnected');
      if (opened.readyState === EventSource.CLOSED) retry = window.setTimeout(open, RETRY_MS);
    });
  };

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      close();
      onStatus('paused');
    } else if (!source) {
      onStatus('connecting');
      open();
    }
  });
  onStatus('connecting');
  open();
}
