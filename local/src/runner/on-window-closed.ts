import { WINDOW_OFFSET_SECONDS, WINDOW_PERIOD_SECONDS } from 'iex-dataflow';

const PERIOD_MS = WINDOW_PERIOD_SECONDS * 1000;
const OFFSET_MS = WINDOW_OFFSET_SECONDS * 1000;

/** How long after a window's end its last quotes have arrived and are committed, as a rule. */
const SETTLE_MS = 300;

/** Milliseconds from an instant to the next end of a window; all resolutions end together. */
export function millisecondsToWindowEnd(now: number): number {
  const elapsed = (((now - OFFSET_MS) % PERIOD_MS) + PERIOD_MS) % PERIOD_MS;
  return PERIOD_MS - elapsed;
}

/**
 * Calls a function shortly after each end of a window, never twice at a time.
 *
 * @returns ends it, once a call under way has ended
 */
export function onWindowClosed(
  closed: () => Promise<void>,
  onError: (error: Error) => void,
): () => Promise<void> {
  let stopped = false;
  let underWay: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const wait = () => {
    timer = setTimeout(() => {
      underWay = closed()
        .catch(onError)
        .then(() => {
          if (!stopped) wait();
        });
    }, millisecondsToWindowEnd(Date.now()) + SETTLE_MS);
  };
  wait();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await underWay;
  };
}
