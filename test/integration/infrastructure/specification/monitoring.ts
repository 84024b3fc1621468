import { measuresOf } from './measures.js';
import { CHANNEL_ID, each, filled, PROJECT_NUMBER, type Specification } from './names.js';
import type { Settings } from './settings.js';

/** An alert; its key is the name of the file in infrastructure/alerts that says what to do. */
interface Alert {
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

export function alertsOf(settings: Settings): Record<string, Alert> {
  const measure = measuresOf(settings);
  const threshold = {
    backlog_messages: Math.max(1000, 10 * QUOTES_PER_SYMBOL_AND_MINUTE * settings.symbols.length),
    data_freshness_seconds: 300,
    function_error_ratio: 0.05,
    oldest_message_age_seconds: 300,
    system_lag_seconds: 120,
    ...settings.alert_thresholds,
  };
  return {
    // Quotes are missing, or will be lost soon.
    'job-failed': {
      title: /job has failed/,
      severity: 'CRITICAL',
      seconds: 0,
      query: `${measure.failedJobs} > 0`,
    },
    'no-quotes': {
      title: /^No quotes/,
      severity: 'CRITICAL',
      seconds: 120,
      // A topic without messages may have no data at all, which must count as zero.
      query: `(${measure.quotes} or vector(0)) == 0 and on () ${MARKET_HOURS}`,
    },

    // Results are late or incomplete.
    'data-freshness': {
      title: /^Results are late/,
      severity: 'ERROR',
      seconds: 300,
      query: `${measure.freshness} > ${threshold.data_freshness_seconds}`,
    },
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
}

/** The charts of the dashboard, in order: each title with its query. */
export function chartsOf(settings: Settings): [title: RegExp, query: string][] {
  const measure = measuresOf(settings);
  return [
    [/quotes published per second/i, measure.quotes],
    [/messages waiting/i, measure.backlog],
    [/oldest message \(s\)/i, measure.oldestMessage],
    [/age of the newest results \(s\)/i, measure.freshness],
    [/lag of the jobs \(s\)/i, measure.systemLag],
    [/functions: share of failed/i, measure.failedCalls],
    [/dead letters in Pub\/Sub/i, measure.deadLetters],
    [/(refused|rejected) by the pipeline in 10 minutes/i, measure.refused],
  ];
}

/** A prefix distinguishes the alerts from those of other systems in the project. */
const withPrefix = ({ source }: RegExp) =>
  new RegExp(`^iex-stream: .*${source.replace(/^\^/, '')}`);

/** The text of an alert, as it is sent. */
export function alertText(name: string, { project_id, region }: Settings): string {
  return filled(`alerts/${name}.md`, { project: project_id, region });
}

/** Alerts, notification channels, the dashboard and the budget. */
export function monitoring(settings: Settings): Specification {
  const alerts = alertsOf(settings);
  const emailChannels = settings.alert_emails.map(() => CHANNEL_ID);
  const channels = [...settings.notification_channels, ...emailChannels];
  return {
    ...each('google_monitoring_notification_channel.email', settings.alert_emails, (email) => ({
      type: 'email',
      display_name: `iex-stream: ${email}`,
      labels: { email_address: email },
    })),

    ...each('google_monitoring_alert_policy.alert', Object.keys(alerts), (name) => {
      const { title, severity, seconds, query } = alerts[name]!;
      return {
        display_name: withPrefix(title),
        combiner: 'OR',
        severity,
        ...(channels.length > 0 ? { notification_channels: channels } : {}),
        conditions: {
          display_name: title,
          condition_prometheus_query_language: {
            query,
            duration: `${seconds}s`,
            evaluation_interval: '60s',
            // A metric does not exist before the first deployment.
            disable_metric_validation: true,
          },
        },
        alert_strategy: { auto_close: '1800s' },
        documentation: {
          mime_type: 'text/markdown',
          subject: withPrefix(title),
          content: alertText(name, settings),
        },
      };
    }),

    'google_monitoring_dashboard.dashboard': {
      dashboard_json: {
        displayName: 'iex-stream',
        gridLayout: {
          columns: '2',
          widgets: chartsOf(settings).map(([title, query]) => ({
            title,
            xyChart: {
              dataSets: [{ plotType: 'LINE', timeSeriesQuery: { prometheusQuery: query } }],
            },
          })),
        },
      },
    },

    ...(settings.budget
      ? {
          'google_billing_budget.monthly[0]': {
            billing_account: settings.budget.billing_account,
            display_name: 'iex-stream',
            budget_filter: { projects: [`projects/${PROJECT_NUMBER}`], calendar_period: 'MONTH' },
            amount: { specified_amount: { units: String(settings.budget.monthly_amount) } },
            // It warns at several amounts, and early if the forecast exceeds the budget.
            threshold_rules: [
              { threshold_percent: 0.5, spend_basis: 'CURRENT_SPEND' },
              { threshold_percent: 0.9, spend_basis: 'CURRENT_SPEND' },
              { threshold_percent: 1, spend_basis: 'CURRENT_SPEND' },
              { threshold_percent: 1, spend_basis: 'FORECASTED_SPEND' },
            ],
            all_updates_rule: {
              // A budget takes e-mail channels only.
              monitoring_notification_channels: emailChannels,
              // The administrators of the billing account get mail in any case.
              disable_default_iam_recipients: false,
            },
          },
        }
      : {}),
  };
}
