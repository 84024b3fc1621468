/**
 * List prices in US dollars, without discounts, credits and taxes. They were looked up in November
 * 2026, in stored copies of Google's price pages and in public transcriptions of them; `date` is
 * the day of the copy, if it is known.
 *
 * Not every price was found for London. `region` is the region of the price; the model multiplies
 * Dataflow's prices by `londonUplift`.
 */

export type Region = 'europe-west2' | 'us-central1';

export interface Price {
  what: string;
  /** US dollars for one unit, beyond the free ones. */
  usd: number;
  unit: string;
  /** Units of a month that cost nothing, for a whole billing account. */
  free?: number;
  region: Region | 'all';
  /** Google's own page. */
  source: string;
  date: string;
}

const DATAFLOW = 'https://cloud.google.com/dataflow/pricing';
const RUN = 'https://cloud.google.com/run/pricing';
const PUBSUB = 'https://cloud.google.com/pubsub/pricing';
const BIGQUERY = 'https://cloud.google.com/bigquery/pricing';
const OBSERVABILITY = 'https://cloud.google.com/stackdriver/pricing';

export const prices = {
  dataflowVcpu: {
    what: 'Dataflow streaming worker, vCPU',
    usd: 0.069,
    unit: 'vCPU hour',
    region: 'us-central1',
    source: DATAFLOW,
    date: '2026-09-08',
  },
  dataflowMemory: {
    what: 'Dataflow streaming worker, memory',
    usd: 0.003557,
    unit: 'GiB hour',
    region: 'us-central1',
    source: DATAFLOW,
    date: '2026-09-08',
  },
  dataflowDisk: {
    what: 'Dataflow worker, standard disk',
    usd: 0.000054,
    unit: 'GiB hour',
    region: 'us-central1',
    source: DATAFLOW,
    date: '2026-09-08',
  },
  streamingEngine: {
    what: 'Streaming Engine, data processed',
    usd: 0.018,
    unit: 'GiB',
    region: 'us-central1',
    source: DATAFLOW,
    date: '2026-09-08',
  },
  externalAddress: {
    what: 'External IP address of a running VM',
    usd: 0.005,
    unit: 'hour',
    free: 744,
    region: 'all',
    source: 'https://cloud.google.com/vpc/pricing',
    date: '2026-08-17',
  },
  functionCpu: {
    what: 'Functions (Cloud Run, tier 2), CPU while a request runs',
    usd: 0.0000336,
    unit: 'vCPU second',
    region: 'europe-west2',
    source: RUN,
    date: '2026-08-11',
  },
  functionMemory: {
    what: 'Functions (Cloud Run, tier 2), memory while a request runs',
    usd: 0.0000035,
    unit: 'GiB second',
    region: 'europe-west2',
    source: RUN,
    date: '2026-08-11',
  },
  functionCpuTier1: {
    what: 'Functions (Cloud Run, tier 1), CPU while a request runs',
    usd: 0.000024,
    unit: 'vCPU second',
    region: 'us-central1',
    source: RUN,
    date: '2026-08-11',
  },
  functionMemoryTier1: {
    what: 'Functions (Cloud Run, tier 1), memory while a request runs',
    usd: 0.0000025,
    unit: 'GiB second',
    region: 'us-central1',
    source: RUN,
    date: '2026-08-11',
  },
  functionRequests: {
    what: 'Functions (Cloud Run), requests',
    usd: 0.4,
    unit: 'million',
    free: 2,
    region: 'all',
    source: RUN,
    date: '2026-09-08',
  },
  pubsubThroughput: {
    what: 'Pub/Sub, published and delivered (free: 10 GiB)',
    usd: 40,
    unit: 'TiB',
    free: 10 / 1024,
    region: 'all',
    source: PUBSUB,
    date: '2026-09-20',
  },
  pubsubToBigQuery: {
    what: 'Pub/Sub, written to BigQuery by a subscription; BigQuery charges nothing for the writing',
    usd: 50,
    unit: 'TiB',
    region: 'all',
    source: PUBSUB,
    date: 'undated',
  },
  pubsubStorage: {
    what: 'Pub/Sub, retained after acknowledgement',
    usd: 0.27,
    unit: 'GiB month',
    region: 'all',
    source: PUBSUB,
    date: '2026-09-20',
  },
  bigqueryWrite: {
    what: 'BigQuery Storage Write API',
    usd: 0.025,
    unit: 'GiB',
    free: 2048,
    region: 'us-central1',
    source: BIGQUERY,
    date: 'undated',
  },
  bigqueryStorage: {
    what: 'BigQuery active logical storage',
    usd: 0.023,
    unit: 'GiB month',
    free: 10,
    region: 'us-central1',
    source: BIGQUERY,
    date: '2026-09-02',
  },
  bigqueryQuery: {
    what: 'BigQuery queries, on demand',
    usd: 7.8125,
    unit: 'TiB',
    free: 1,
    region: 'europe-west2',
    source: BIGQUERY,
    date: 'undated',
  },
  alertCondition: {
    what: 'Cloud Monitoring, condition of an alert (charged since 2026-05-01)',
    usd: 0.1,
    unit: 'condition month',
    region: 'all',
    source: OBSERVABILITY,
    date: '2026-05-01',
  },
  alertSeries: {
    what: 'Cloud Monitoring, time series returned to alerts (charged since 2026-05-01)',
    usd: 0.35,
    unit: 'million',
    region: 'all',
    source: OBSERVABILITY,
    date: '2026-05-01',
  },
  imageStorage: {
    what: 'Artifact Registry, storage',
    usd: 0.1,
    unit: 'GB month',
    free: 0.5,
    region: 'all',
    source: 'https://cloud.google.com/artifact-registry/pricing',
    date: 'undated',
  },
  scheduler: {
    what: 'Cloud Scheduler',
    usd: 0.1,
    unit: 'job month',
    free: 3,
    region: 'all',
    source: 'https://cloud.google.com/scheduler/pricing',
    date: 'undated',
  },
  logging: {
    what: 'Cloud Logging',
    usd: 0.5,
    unit: 'GiB',
    free: 50,
    region: 'all',
    source: OBSERVABILITY,
    date: '2026-09-08',
  },
  secret: {
    what: 'Secret Manager',
    usd: 0.06,
    unit: 'version month',
    free: 6,
    region: 'all',
    source: 'https://cloud.google.com/secret-manager/pricing',
    date: '2026-09-08',
  },
} satisfies Record<string, Price>;

/**
 * The part of a month that Cloud Run does not charge, in dollars: 180,000 vCPU seconds and 360,000
 * GiB seconds at the prices of tier 1, in every region (https://cloud.google.com/run/pricing).
 */
export const functionFreeUsd = {
  cpu: 180_000 * prices.functionCpuTier1.usd,
  memory: 360_000 * prices.functionMemoryTier1.usd,
};

export interface Assumption {
  value: number;
  unit: string;
  why: string;
}

/** Values that could not be looked up or measured, or only in another place. */
export const assumptions = {
  londonUplift: {
    value: 0.34534224 / 0.26804568,
    unit: '× the price in us-central1',
    why: 'The prices of Dataflow in London were not found. They are taken to be higher by the same factor as the prices of VMs: an e2-standard-8 costs 0.34534224 USD an hour in London and 0.26804568 in us-central1 (Compute Engine, 2025-03-06).',
  },
  quotesPerSecondPerVcpu: {
    value: 100,
    unit: 'quotes/s, with all their rows',
    why: 'A thirtieth of the throughput of the direct runner (`npm run bench`): on Dataflow each row is encoded for the harness, and again for the Java code that writes it. **Not measured on Dataflow.** A message counts as one more row.',
  },
  streamingEngineBytesPerRow: {
    value: 200,
    unit: 'bytes',
    why: 'A row has about 100 bytes with its window and key, and passes through Streaming Engine twice on its way to the writer, which writes it exactly once. **Not measured.**',
  },
  streamingEnginePassesPerMessage: {
    value: 2,
    unit: '× the size of a message',
    why: 'A message is read, and stored under its ID to recognize repetitions.',
  },
  workerDiskGib: {
    value: 30,
    unit: 'GiB',
    why: 'The boot disk of a worker with Streaming Engine.',
  },
  functionBusySecondsPerMinute: {
    value: 52,
    unit: 's',
    why: 'The last of the six quotes of a minute starts at 50 s; its request and its publication take 2 s. Cloud Run bills an instance while at least one request runs, whether one or eighty.',
  },
  fanOutSecondsPerMinute: {
    value: 1,
    unit: 's',
    why: 'Measured for 10,000 symbols: 0.5 to 1.1 s.',
  },
  functionUtilisation: {
    value: 0.6,
    unit: 'of `function_concurrency`',
    why: 'Cloud Run starts another instance above 60 % (https://docs.cloud.google.com/run/docs/configuring/scaling-controls).',
  },
  pubsubRequestBytes: {
    value: 1000,
    unit: 'bytes at least',
    why: 'The minimum charge of Pub/Sub for a request. The quotes for one message of `iex-ingest` are taken to share a request when they are published and when they are pulled. When Pub/Sub writes them to BigQuery, each is taken to be a request of its own, which is the worst case.',
  },
  pubsubOverheadBytes: {
    value: 36,
    unit: 'bytes a message',
    why: 'The timestamp and the message ID, which Pub/Sub charges too.',
  },
  logBytesPerMessage: {
    value: 2000,
    unit: 'bytes',
    why: "The log entry of Cloud Run for a request, and the function's own.",
  },
  imageGb: {
    value: 0.2,
    unit: 'GB',
    why: 'An image of a function: Node.js on Ubuntu, and the code. **Not measured.**',
  },
  keptImages: {
    value: 10,
    unit: 'images',
    why: 'The cleanup policies keep at least the five newest images of each function. More remain for a month if you deploy often; layers that images share are stored once.',
  },
  marketHours: {
    value: 7,
    unit: 'h on weekdays',
    why: '`alarm_schedule = "* 9-15 * * 1-5"`: the exchange is open from 9:30 to 16:00, but a schedule for every minute consists of whole hours. Holidays of the exchange are not subtracted.',
  },
  startAndDrainHours: {
    value: 0.5,
    unit: 'h a day',
    why: 'To start the workers before the market opens and to drain them after it closes.',
  },
  queryBytesMinimum: {
    value: 10 * 1024 ** 2,
    unit: 'bytes',
    why: 'The minimum that BigQuery bills for a query.',
  },
  refreshesPerDay: {
    value: 48,
    unit: 'a day',
    why: 'BigQuery refreshes the materialized view `iex.tick_refused` every 30 minutes, and bills each as a query.',
  },
} satisfies Record<string, Assumption>;
