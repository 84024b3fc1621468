import type { Clock } from 'iex-cli/clock';

/** How often the alarm goes off: Cloud Scheduler's finest grain. */
const ALARM_PERIOD_MS = 60_000;

/**
 * Sounds an alarm now and then every 60 s, counted from the start on the monotonic clock, so that a minute's loops have
 * ended when the next ones begin.
 *
 * @param alarm publishes the messages of one alarm; where it fails, `onError` is told and the next one comes in its time
 * @returns ends it
 */
export function startScheduler(
  alarm: () => Promise<unknown>,
  onError: (error: Error) => void,
  clock: Clock,
): () => void {
  const start = clock.now();
  let sounded = 0;
  let cancel = () => {};
  const sound = () => {
    alarm().catch(onError);
    sounded += 1;
    cancel = clock.schedule(start + sounded * ALARM_PERIOD_MS - clock.now(), sound);
  };
  sound();
  return () => cancel();
}

/** One alarm for all symbols, which the fan-out function splits, or one for each, as the original had it. */
export type AlarmMode = 'fan_out' | 'per_symbol';

/** The messages of one alarm: a JSON value for each, with the topic it goes to. */
export function alarmMessages(
  mode: AlarmMode,
  symbols: readonly string[],
  topics: { fanOut: string; ingest: string },
): { topic: string; json: object }[] {
  return mode === 'fan_out'
    ? [{ topic: topics.fanOut, json: { tickers: symbols } }]
    : symbols.map((ticker) => ({ topic: topics.ingest, json: { ticker } }));
}
