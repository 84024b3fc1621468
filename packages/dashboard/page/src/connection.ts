import type { DashboardEventName, DashboardEvents } from '../../src/server/api.js';
import { openEvents, type StreamStatus } from './event-source.js';
import { shareEvents } from './shared-events.js';

/** `paused`: the tab is hidden; it uses no connection and causes no query. */
export type ConnectionStatus = StreamStatus | 'connecting' | 'paused';

/** What to do with each server-sent event. */
export type EventHandlers = {
  [Name in DashboardEventName]: (data: DashboardEvents[Name]) => void;
};

/** Receives the server's events while the tab is visible. */
export function connect(
  handlers: EventHandlers,
  onStatus: (status: ConnectionStatus) => void,
): void {
  let leave: (() => void) | undefined;
  const join = () => {
    onStatus('connecting');
    leave = shareEvents(openEvents, {
      event: (name, data) => handlers[name](data),
      status: onStatus,
    });
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      leave?.();
      leave = undefined;
      onStatus('paused');
    } else if (!leave) {
      join();
    }
  });
  join();
}
