import { createHash } from 'node:crypto';
import { each, type Specification, topicId } from './names.js';
import type { Settings } from './settings.js';

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

/** The jobs of Cloud Scheduler, none of which is paused. */
export function alarms(settings: Settings): Specification {
  const messages = messagesOf(settings);
  return each('google_cloud_scheduler_job.alarm', Object.keys(messages), (name) => ({
    name,
    description: /minute of quotes/,
    schedule: settings.alarm_schedule,
    time_zone: settings.alarm_time_zone,
    pubsub_target: {
      topic_name: topicId(settings.alarm_mode === 'fan_out' ? 'iex-fan-out' : 'iex-ingest'),
      data: base64(messages[name]),
    },
    // All attempts are within the minute for which the alarm is.
    retry_config: {
      retry_count: 3,
      min_backoff_duration: '1s',
      max_backoff_duration: '10s',
      max_retry_duration: '30s',
      max_doublings: 3,
    },
  }));
}

/** What each alarm publishes, by its name. */
function messagesOf({ alarm_mode, symbols }: Settings): Record<string, unknown> {
  if (alarm_mode === 'fan_out') return { 'iex-alarm': { tickers: symbols } };
  return Object.fromEntries(symbols.map((ticker) => [alarmName(ticker), { ticker }]));
}

/** The name of an alarm: a hash distinguishes symbols with characters that a name cannot have. */
function alarmName(symbol: string): string {
  const name = `iex-alarm-${symbol
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')}`;
  const hash = createHash('sha256').update(symbol).digest('hex').slice(0, 6);
  return /^[A-Za-z0-9]+$/.test(symbol) ? name : `${name}-${hash}`;
}
