import { fedTopicsOf, functionsOf, hasJobs, jobsOf, readSubscriptionsOf } from './names.js';
import type { Settings } from './settings.js';

const CONSOLE = 'https://console.cloud.google.com';

/**
 * The outputs after a deployment.
 *
 * @param jobIds the IDs of the Dataflow jobs, by name
 */
export function outputs(settings: Settings, jobIds: Record<string, unknown>) {
  const { project_id: project, region } = settings;
  const fed = fedTopicsOf(settings).toSorted();
  const from = (keys: readonly string[], value: (key: string) => string) =>
    Object.fromEntries(keys.map((key) => [key, value(key)]));
  const firstAlarm = settings.alarm_mode === 'fan_out' ? 'iex-alarm' : 'iex-alarm-aapl';
  return {
    commands: {
      add_token: `gcloud secrets versions add iex-quote-api-token --project=${project} --data-file=-`,
      dashboard: `npm run dashboard -- --project ${project}`,
      read_dead_letters: from(
        fed,
        (topic) =>
          `gcloud pubsub subscriptions pull ${topic}-dead-letter --project=${project} --limit=10 --format=json`,
      ),
      ring_alarm: `gcloud scheduler jobs run ${firstAlarm} --project=${project} --location=${region}`,
      view_cost:
        `bq query --project_id=${project} --dry_run --use_legacy_sql=false` +
        " 'SELECT * FROM iex.top_stocks WHERE window_end" +
        " >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)'",
    },
    console: {
      bigquery: `${CONSOLE}/bigquery?project=${project}&p=${project}&d=iex&page=dataset`,
      dashboard: `${CONSOLE}/monitoring/dashboards/builder/0a1b2c?project=${project}`,
      dataflow: from(
        jobsOf(settings),
        (job) => `${CONSOLE}/dataflow/jobs/${region}/${jobIds[job]}?project=${project}`,
      ),
      functions: from(
        functionsOf(settings),
        (name) => `${CONSOLE}/run/detail/${region}/${name}/metrics?project=${project}`,
      ),
    },
    dataflow_jobs: Object.fromEntries(jobsOf(settings).map((job) => [job, jobIds[job]])),
    ...(hasJobs(settings) ? { dataflow_template_version: settings.dataflow_template_version } : {}),
    dead_letter_subscriptions: fed.map((topic) => `${topic}-dead-letter`),
    subscriptions: readSubscriptionsOf(settings),
    templates: from(
      jobsOf(settings),
      (job) =>
        `gs://${settings.code_bucket}/dataflow/templates/${settings.dataflow_template_version}/${job}`,
    ),
    topics: [...fed, 'iex-aggregate'].toSorted(),
  };
}
