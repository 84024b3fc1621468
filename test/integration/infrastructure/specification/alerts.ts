import { measuresOf } from './measures.js';
import { hasJobs, hasTicks } from './names.js';
import type { Settings } from './settings.js';

/** An alert; its key is the name of the file in infrastructure/alerts that says what to do. */
export interface Alert {
  /** A pattern for the title. */
  title: RegExp;
  severity: 'CRITICAL' | 'ERROR' | 'WARNING';
  /** How long the condition must hold before the alert fires. */
  seconds: number;
  query: string;
}

const QUOTES_PER_SYMBOL_AND_MINUTE = 6;

/**
 * From ten minutes after New York's opening to its close, in hours of UTC that are right in winter
 * and in summer.
 */
const MARKET_HOURS = [
  '(60 * hour() + minute() >= 14 * 60 + 40)',
  '(hour() < 20)',
  '(day_of_week() >= 1)',
  '(day_of_week() <= 5)',
].join(' and on () ');

/** The alerts about the parts that the settings deploy. */
export function alertsOf(settings: Settings): Record<string, Alert> {
  const threshold = {
    backlog_messages: Math.max(1000, 10 * QUOTES_PER_SYMBOL_AND_MINUTE * settings.symbols.length),
    data_freshness_seconds: 300,
    function_error_ratio: 0.05,
    oldest_message_age_seconds: 300,
    system_lag_seconds: 120,
    write_error_ratio: 0.05,
    ...settings.alert_thresholds,
  };
  const measure = measuresOf(settings);
  const common: Record<string, Alert> = {
    // Quotes are missing.
    'no-quotes': {
      title: /^No quotes/,
      severity: 'CRITICAL',
      seconds: 120,
      // A topic without messages may have no data at all, which must count as zero.
      query: `(${measure.quotes} or vector(0)) == 0 and on () ${MARKET_HOURS}`,
    },

    // Results are late or incomplete.
    'function-errors': {
      title: /function fail/,
      severity: 'ERROR',
      seconds: 300,
      query: `${measure.failedCalls} > ${threshold.function_error_ratio}`,
    },
    'oldest-message': {
      title: /wait too long/,
      severity: 'ERROR',
      seconds: 120,
      query: `${measure.oldestMessage} > ${threshold.oldest_message_age_seconds}`,
    },

    // Can wait until working hours.
    backlog: {
      title: /arrive faster/,
      severity: 'WARNING',
      seconds: 300,
      query: `${measure.backlog} > ${threshold.backlog_messages}`,
    },
    'dead-letters': {
      title: /function could not handle/,
      severity: 'WARNING',
      seconds: 0,
      query: `${measure.deadLetters} > 0`,
    },
  };
  const ofJobs: Record<string, Alert> = {
    // Quotes will be lost soon.
    'job-failed': {
      title: /job has failed/,
      severity: 'CRITICAL',
      seconds: 0,
      query: `${measure.failedJobs} > 0`,
    },
    'data-freshness': {
      title: /^Results are late/,
      severity: 'ERROR',
      seconds: 300,
      query: `${measure.freshness} > ${threshold.data_freshness_seconds}`,
    },
    'refused-messages': {
      title: /pipeline (refused|rejected)/,
      severity: 'WARNING',
      seconds: 0,
      query: `${measure.refused} > 0`,
    },
    'system-lag': {
      title: /job is slow/,
      severity: 'WARNING',
      seconds: 300,
      query: `${measure.systemLag} > ${threshold.system_lag_seconds}`,
    },
  };
  const ofTicks: Record<string, Alert> = {
    // Results are old.
    'no-ticks': {
      title: /do not reach BigQuery/,
      severity: 'CRITICAL',
      seconds: 120,
      // A subscription that writes nothing may have no data at all.
      query: `${measure.quotes} > 0 and on () (${measure.written} or vector(0)) == 0`,
    },
    // One bad message fails five times, which the next alert is about.
    'write-errors': {
      title: /^Writes to BigQuery fail/,
      severity: 'ERROR',
      seconds: 300,
      query: `${measure.writeErrors} > ${threshold.write_error_ratio}`,
    },
    'unfit-messages': {
      title: /do not fit/,
      severity: 'WARNING',
      seconds: 0,
      query: `${measure.unfit} > 0`,
    },
  };
  return {
    ...common,
    ...(hasJobs(settings) ? ofJobs : {}),
    ...(hasTicks(settings) ? ofTicks : {}),
  };
}

/** The charts of the dashboard, in order: each title with its query. */
export function chartsOf(settings: Settings): [title: RegExp, query: string][] {
  const measure = measuresOf(settings);
  const ofJobs: [RegExp, string][] = [
    [/age of the newest results \(s\)/i, measure.freshness],
    [/lag of the jobs \(s\)/i, measure.systemLag],
    [/(refused|rejected) by the pipeline in 10 minutes/i, measure.refused],
  ];
  const ofTicks: [RegExp, string][] = [
    [/quotes written per second/i, measure.written],
    [/writes to BigQuery: share of failed/i, measure.writeErrors],
    [/do not fit in 10 minutes/i, measure.unfit],
  ];
  return [
    [/quotes published per second/i, measure.quotes],
    [/messages waiting/i, measure.backlog],
    [/oldest message \(s\)/i, measure.oldestMessage],
    [/functions: share of failed/i, measure.failedCalls],
    [/dead letters in Pub\/Sub/i, measure.deadLetters],
    ...(hasJobs(settings) ? ofJobs : []),
    ...(hasTicks(settings) ? ofTicks : []),
  ];
}
