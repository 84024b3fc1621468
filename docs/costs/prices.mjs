/**
 * List prices in US dollars, without discounts, credits and taxes. They were looked up in November 2026, in stored copies
 * of Google's price pages and in public transcriptions of them; `date` is the day of what was read, where that tells one.
 *
 * Not every price was found for London. `region` says whose it is; the model multiplies Dataflow's by `londonUplift`.
 */

/**
 * @typedef {object} Price
 * @property {string} what what is priced
 * @property {number} usd for one unit, beyond what is free
 * @property {string} unit
 * @property {number} [free] units of a month that cost nothing, for a whole billing account
 * @property {'europe-west2' | 'us-central1' | 'all'} region whose price it is
 * @property {string} source Google's own page
 * @property {string} date
 */

const DATAFLOW = 'https://cloud.google.com/dataflow/pricing';
const RUN = 'https://cloud.google.com/run/pricing';
const PUBSUB = 'https://cloud.google.com/pubsub/pricing';
const BIGQUERY = 'https://cloud.google.com/bigquery/pricing';

/** @satisfies {Record<string, Price>} */
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
    source: 'https://cloud.google.com/stackdriver/pricing',
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
};

/**
 * What Cloud Run does not charge for in a month, in dollars: 180,000 vCPU seconds and 360,000 GiB seconds, at the prices of
 * tier 1 wherever the function runs (https://cloud.google.com/run/pricing).
 */
export const functionFreeUsd = { cpu: 180_000 * 0.000024, memory: 360_000 * 0.0000025 };

/**
 * What is assumed where nothing could be looked up or measured, or only elsewhere.
 *
 * @type {Record<string, { value: number, unit: string, why: string }>}
 */
export const assumptions = {
  londonUplift: {
    value: 0.34534224 / 0.26804568,
    unit: '× the price in us-central1',
    why: 'Dataflow in London, which was not found: taken to be dearer as the VMs below it are. An e2-standard-8 costs 0.34534224 USD an hour there and 0.26804568 in us-central1 (Compute Engine, 2025-03-06).',
  },
  quotesPerSecondPerVcpu: {
    value: 100,
    unit: 'quotes/s, with all their rows',
    why: 'A thirtieth of what the direct runner does (`npm run bench`): on Dataflow each row is encoded for the harness and again for the Java code that writes it. **Not measured on Dataflow.** A message counts as one row more.',
  },
  streamingEngineBytesPerRow: {
    value: 200,
    unit: 'bytes',
    why: 'A row is about 100 bytes with its window and key, and passes Streaming Engine twice on its way to the writer, which writes it exactly once. **Not measured.**',
  },
  streamingEnginePassesPerMessage: {
    value: 2,
    unit: '× the size of a message',
    why: 'A message is read, and kept by its id to know a repeated one.',
  },
  workerDiskGib: {
    value: 30,
    unit: 'GiB',
    why: 'The boot disk of a worker with Streaming Engine.',
  },
  functionBusySecondsPerMinute: {
    value: 52,
    unit: 's',
    why: 'The last of the six quotes of a minute begins at 50 s; 2 s to take and publish it. Cloud Run bills an instance as long as any request runs, one or eighty.',
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
    why: "Pub/Sub's smallest charge for a request. The quotes that one message of `iex-ingest` brings are taken to share a request, to publish as well as to pull.",
  },
  pubsubOverheadBytes: {
    value: 36,
    unit: 'bytes a message',
    why: 'Time stamp and message id, which are charged as well.',
  },
  logBytesPerMessage: {
    value: 2000,
    unit: 'bytes',
    why: "Cloud Run's line for a request, and the function's own.",
  },
  marketHours: {
    value: 7,
    unit: 'h on weekdays',
    why: '`alarm_schedule = "* 9-15 * * 1-5"`: the exchange is open from 9:30 to 16:00, but a schedule of every minute is made of whole hours. Its holidays are not left out.',
  },
  startAndDrainHours: {
    value: 0.5,
    unit: 'h a day',
    why: 'To start workers before the market opens and to drain them after it has closed.',
  },
  queryBytesMinimum: {
    value: 10 * 1024 ** 2,
    unit: 'bytes',
    why: 'The least that BigQuery bills for a query.',
  },
};
