import { alertsOf, chartsOf } from './alerts.js';
import {
  CHANNEL_ID,
  each,
  filled,
  hasJobs,
  hasTicks,
  PROJECT_NUMBER,
  type Specification,
} from './names.js';
import type { Settings } from './settings.js';

/** A prefix distinguishes the alerts from those of other systems in the project. */
const withPrefix = ({ source }: RegExp) =>
  new RegExp(`^iex-stream: .*${source.replace(/^\^/, '')}`);

/** The text of an alert, as it is sent. */
export function alertText(name: string, settings: Settings): string {
  return filled(`alerts/${name}.md`, {
    has_jobs: hasJobs(settings),
    has_ticks: hasTicks(settings),
    project: settings.project_id,
    region: settings.region,
  });
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
