import {
  fedTopicsOf,
  functionsOf,
  jobsOf,
  readSubscriptionsOf,
  TICK_SUBSCRIPTIONS,
} from './names.js';
import type { Settings } from './settings.js';

/**
 * Google's metrics in PromQL, as https://cloud.google.com/monitoring/promql/promql-mapping names
 * them.
 */
const METRICS = {
  backlog: 'pubsub_googleapis_com:subscription_num_undelivered_messages',
  calls: 'run_googleapis_com:request_count',
  counter: 'dataflow_googleapis_com:job_user_counter',
  failed: 'dataflow_googleapis_com:job_is_failed',
  lag: 'dataflow_googleapis_com:job_system_lag',
  oldest: 'pubsub_googleapis_com:subscription_oldest_unacked_message_age',
  pushed: 'pubsub_googleapis_com:subscription_push_request_count',
  sent: 'pubsub_googleapis_com:topic_message_sizes_count',
  unfit: 'pubsub_googleapis_com:subscription_dead_letter_message_count',
  watermark: 'dataflow_googleapis_com:job_data_watermark_age',
};

/** The monitored resources: the type, and the label that has the name of the part. */
const PARTS = {
  functions: { type: 'cloud_run_revision', label: 'service_name' },
  jobs: { type: 'dataflow_job', label: 'job_name' },
  subscriptions: { type: 'pubsub_subscription', label: 'subscription_id' },
};

/** Selects the time series of a metric for the parts with the given names. */
function select(
  metric: string,
  parts: keyof typeof PARTS,
  names: readonly string[],
  further = '',
): string {
  const { type, label } = PARTS[parts];
  const anyOf = names.toSorted().join('|');
  return `${metric}{monitored_resource="${type}",${label}=~"${anyOf}"${further}}`;
}

/** One value for each part, so that an alert names the part that has the problem. */
const perPart = (aggregate: 'max' | 'sum', parts: keyof typeof PARTS, values: string) =>
  `${aggregate} by (${PARTS[parts].label}) (${values})`;

/** The measurements of alerts and charts. */
export function measuresOf(settings: Settings) {
  const jobs = jobsOf(settings);
  const functions = functionsOf(settings);
  const readSubscriptions = readSubscriptionsOf(settings);
  const deadLetters = fedTopicsOf(settings).map((topic) => `${topic}-dead-letter`);
  const callRate = (further = '') =>
    perPart(
      'sum',
      'functions',
      `rate(${select(METRICS.calls, 'functions', functions, further)}[5m])`,
    );
  const writeRate = (further = '') =>
    perPart(
      'sum',
      'subscriptions',
      `rate(${select(METRICS.pushed, 'subscriptions', Object.values(TICK_SUBSCRIPTIONS), further)}[5m])`,
    );
  const ticks = `monitored_resource="pubsub_subscription",subscription_id="${TICK_SUBSCRIPTIONS.tick}"`;
  return {
    backlog: perPart(
      'sum',
      'subscriptions',
      select(METRICS.backlog, 'subscriptions', readSubscriptions),
    ),
    deadLetters: perPart(
      'sum',
      'subscriptions',
      select(METRICS.backlog, 'subscriptions', deadLetters),
    ),
    failedJobs: perPart('max', 'jobs', select(METRICS.failed, 'jobs', jobs)),
    // The failed part of all calls, both for the same functions and the same time.
    failedCalls: `${callRate(',response_code_class="5xx"')} / ${callRate()}`,
    freshness: perPart('max', 'jobs', select(METRICS.watermark, 'jobs', jobs)),
    oldestMessage: perPart(
      'max',
      'subscriptions',
      select(METRICS.oldest, 'subscriptions', readSubscriptions),
    ),
    quotes: `sum(rate(${METRICS.sent}{monitored_resource="pubsub_topic",topic_id="iex-aggregate"}[10m]))`,
    refused: perPart(
      'sum',
      'jobs',
      `delta(${select(METRICS.counter, 'jobs', jobs, ',metric_name="dead_letters"')}[10m])`,
    ),
    systemLag: perPart('max', 'jobs', select(METRICS.lag, 'jobs', jobs)),
    unfit: `sum(increase(${METRICS.unfit}{${ticks}}[10m]))`,
    writeErrors: `${writeRate(',response_class!="ack"')} / ${writeRate()}`,
    written: `sum(rate(${METRICS.pushed}{${ticks},response_class="ack"}[10m]))`,
  };
}
