import type { Clock } from 'iex-cli/clock';
import { newestClosedWindowEnd, WINDOW_PERIOD_MS } from 'iex-contract';

/** How long after a window's end its last quotes have arrived and are committed, as a rule. */
const SETTLE_MS = 300;

/** Milliseconds from an instant to the next end of a window; all resolutions end together. */
export function millisecondsToWindowEnd(now: number): number {
  return newestClosedWindowEnd(now) + WINDOW_PERIOD_MS - now;
}

/**
 * Calls a function shortly after each end of a window, never twice at a time.
 *
 * @returns ends it, once a call under way has ended
 */
export function onWindowClosed(
  closed: () => Promise<void>,
  onError: (error: Error) => void,
  clock: Clock,
): () => Promise<void> {
  let stopped = false;
  let underWay: Promise<void> = Promise.resolve();
  let cancel = () => {};
  const wait = () => {
    if (stopped) return;
    const delay = millisecondsToWindowEnd(clock.wallTime()) + SETTLE_MS;
    cancel = clock.schedule(delay, () => {
      underWay = closed().catch(onError).then(wait);
    });
  };
  wait();
  return async () => {
    stopped = true;
    cancel();
    await underWay;
  };
}
