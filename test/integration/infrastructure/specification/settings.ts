/**
 * The defaults of the variables. They are repeated here because a default that changes by mistake
 * changes the system of every user who relies on it.
 */
export const DEFAULTS = {
  alarm_mode: 'fan_out',
  alarm_schedule: '* * * * *',
  alarm_time_zone: 'America/New_York',
  alert_thresholds: {} as { [threshold: string]: number },
  budget: null as { billing_account: string; monthly_amount: number } | null,
  dataflow_layout: 'per_resolution',
  dataflow_machine_type: 'e2-standard-2',
  dataflow_max_workers: 2,
  dataflow_on_delete: 'drain',
  dataflow_private_ips: false,
  dataflow_subnetwork: null as string | null,
  dead_letter_retention: '604800s',
  deletion_protection: true,
  function_concurrency: 80,
  function_cpu: 1,
  function_max_instances: 10,
  function_runtime: 'nodejs24',
  log_level: 'info',
  notification_channels: [] as string[],
  partition_expiration_days: 90,
  quote_api_url: '',
  quote_source: 'alpaca',
  readers: [] as string[],
  region: 'europe-west2',
  tickers_per_message: null as number | null,
  window_engine: 'dataflow',
};

/** The values in `*.auto.tfvars` files, for users or for tests. */
const GIVEN = {
  alert_emails: ['oncall@example.com'],
  code_bucket: 'test-project-code',
  dataflow_template_version: '0a1b2c' as string | null,
  function_object: `function/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.zip`,
  project_id: 'test-project',
  propagation_seconds: 0,
  quote_api_token_version: '1' as string | null,
  resolutions: [1, 5, 15],
  symbols: ['AAPL', 'AMZN', 'GME', 'FSLR', 'TSLA', 'NIO', 'GOOG', 'MSFT', 'AMC', 'BBBY'],
};

export type Settings = typeof DEFAULTS & typeof GIVEN;

/**
 * The cases in which the whole system is compared with its specification: the changed variables.
 */
export const CASES: Record<string, Partial<Settings>> = {
  'by default': {},

  // Reveals a constant in the place of a variable. The next case changes `alarm_mode` and
  // `dataflow_layout`.
  'with every setting changed': {
    alarm_schedule: '* 9-16 * * MON-FRI',
    alarm_time_zone: 'Europe/London',
    alert_emails: ['ann@example.com', 'bob@example.com'],
    alert_thresholds: {
      backlog_messages: 5000,
      data_freshness_seconds: 210,
      function_error_ratio: 0.1,
      oldest_message_age_seconds: 110,
      system_lag_seconds: 70,
      write_error_ratio: 0.2,
    },
    budget: { billing_account: '012345-6789AB-CDEF01', monthly_amount: 400 },
    code_bucket: 'other-code',
    dataflow_machine_type: 'n2-standard-4',
    dataflow_max_workers: 5,
    dataflow_on_delete: 'cancel',
    dataflow_private_ips: true,
    dataflow_subnetwork: 'regions/us-central1/subnetworks/workers',
    dataflow_template_version: 'd3e4f5',
    dead_letter_retention: '86400s',
    deletion_protection: false,
    function_concurrency: 40,
    function_cpu: 2,
    function_max_instances: 7,
    function_object: `function/${'0'.repeat(64)}.zip`,
    function_runtime: 'nodejs26',
    log_level: 'debug',
    notification_channels: ['projects/other-project/notificationChannels/7'],
    partition_expiration_days: 30,
    project_id: 'other-project',
    quote_api_token_version: '3',
    quote_api_url: 'https://quotes.example.com/v1',
    quote_source: 'finnhub',
    readers: ['group:analysts@example.com', 'user:ann@example.com'],
    region: 'us-central1',
    resolutions: [2, 30],
    symbols: Array.from({ length: 250 }, (_, i) => `S${i}`),
    tickers_per_message: 5,
  },

  'while the engine is switched, with an alarm for each symbol, one job, a third of a CPU and no token':
    {
      alarm_mode: 'per_symbol',
      dataflow_layout: 'single',
      function_cpu: 0.333,
      quote_api_token_version: null,
      quote_api_url: 'https://quotes.example.com/v1',
      quote_source: 'iex',
      symbols: ['AAPL', 'BRK.B', 'EUR/USD'],
      window_engine: 'both',
    },

  'with windows that BigQuery computes': {
    alert_thresholds: { write_error_ratio: 0.2 },
    dataflow_template_version: null,
    deletion_protection: false,
    partition_expiration_days: 30,
    project_id: 'other-project',
    region: 'us-central1',
    resolutions: [2, 30],
    window_engine: 'bigquery',
  },
};

/** All settings of a case. */
export const settingsOf = (name: string): Settings => ({ ...DEFAULTS, ...GIVEN, ...CASES[name] });
