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
