import type { Clock } from 'iex-cli/clock';

/** How often the alarm goes off, in ms: every minute, the most often that Cloud Scheduler can. */
const ALARM_PERIOD_MS = 60_000;

/**
 * Calls an alarm now and then every 60 s, counted from the start on the monotonic clock, so that a
 * minute's loops have ended when the next ones begin.
 *
 * @param alarm publishes the messages of one alarm
 * @param onError gets the error of an alarm that failed; the next one follows as planned
 * @returns a function that ends the schedule
 */
export function startScheduler(
  alarm: () => Promise<unknown>,
  onError: (error: Error) => void,
  clock: Clock,
): () => void {
  const start = clock.now();
  let alarms = 0;
  let cancel = () => {};
  const next = () => {
    alarm().catch(onError);
    alarms += 1;
    cancel = clock.schedule(start + alarms * ALARM_PERIOD_MS - clock.now(), next);
  };
  next();
  return () => cancel();
}

/** One alarm for all symbols, which the function fanOut splits, or one for each symbol. */
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
