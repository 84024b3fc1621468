import { type BytesRead, dashboardQueries, refreshBytes } from './bytes.js';
import { deployment, machines } from './deployment.js';
import { assumed, functionFreeUsd, price, type Region } from './inputs.js';
import { type Load, layouts, load, type Need, QUOTES_PER_MINUTE, storedGib } from './load.js';

/** What a month costs, from the deployment, the prices of units and the assumptions. */

const GIB = 1024 ** 3;
const TIB = 1024 ** 4;
const HOURS_PER_MONTH = (365.25 * 24) / 12;
const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
const WEEKDAYS_PER_MONTH = (DAYS_PER_MONTH * 5) / 7;
const MARKET_HOURS = WEEKDAYS_PER_MONTH * assumed('marketHours');

/**
 * The hours of a month in which quotes are taken, and those in which the Dataflow jobs run. A job
 * has a worker while it runs, with or without quotes.
 */
export const modes = {
  always: { quoteHours: HOURS_PER_MONTH, jobHours: HOURS_PER_MONTH },
  marketHours: { quoteHours: MARKET_HOURS, jobHours: HOURS_PER_MONTH },
  marketHoursDrained: {
    quoteHours: MARKET_HOURS,
    jobHours: MARKET_HOURS + WEEKDAYS_PER_MONTH * assumed('startAndDrainHours'),
  },
};

export type Mode = keyof typeof modes;

/** A system in a region, and when it runs. */
export interface Options extends Need {
  mode: Mode;
  region?: Region;
  partitionDays?: number;
  privateIps?: boolean;
}

/** Dollars for an amount of a month, beyond the free part. */
export function priceOf({ usd, free = 0 }: { usd: number; free?: number }, amount: number): number {
  return Math.max(0, amount - free) * usd;
}

/** Dollars a month, by what they pay for. */
export function monthlyCost({
  mode,
  region = 'europe-west2',
  partitionDays = deployment.partitionDays,
  privateIps = deployment.privateIps,
  ...need
}: Options): Record<string, number> {
  const { quoteHours, jobHours } = modes[mode];
  const flow = load(need);
  const jobs = layouts[need.layout].length;
  const seconds = quoteHours * 3600;
  const writtenGib = jobs > 0 ? (flow.rowsPerSecond * seconds * deployment.rowBytes) / GIB : 0;
  const workerHours = workerHoursOf(flow, jobs, quoteHours, jobHours);
  const uplift = region === 'europe-west2' ? assumed('londonUplift') : 1;
  return {
    'Dataflow workers': workerHours * usdPerWorkerHour(flow) * uplift,
    "Workers' addresses": privateIps ? 0 : priceOf(price('externalAddress'), workerHours),
    'Streaming Engine': streamingEngineCost(flow, jobs, seconds) * uplift,
    Functions: functionCost(flow, quoteHours * 60, region),
    'Pub/Sub': pubsubCost(flow, need.symbols, jobs, seconds),
    'BigQuery: writing': priceOf(price('bigqueryWrite'), writtenGib),
    'BigQuery: storage': priceOf(
      price('bigqueryStorage'),
      storedGib(flow, (seconds / DAYS_PER_MONTH) * partitionDays),
    ),
    'BigQuery: refreshing `tick_refused`': jobs > 0 ? 0 : refreshCost(need.symbols, seconds),
    Alerts: alertCost(jobs),
    'Alarm, logs, secret, images':
      priceOf(price('scheduler'), 1) +
      priceOf(price('secret'), 1) +
      priceOf(price('imageStorage'), assumed('keptImages') * assumed('imageGb')) +
      priceOf(
        price('logging'),
        ((flow.messagesPerMinute + 1) * quoteHours * 60 * assumed('logBytesPerMessage')) / GIB,
      ),
  };
}

/** Dollars a month in total. */
export function totalCost(options: Options): number {
  return Object.values(monthlyCost(options)).reduce((sum, usd) => sum + usd, 0);
}

/**
 * Dollars for an hour in which somebody looks at the dashboard. `least` is reached if BigQuery reads
 * only the rows that a query needs, and bills its minimum for most queries. `most` is reached if
 * each query reads the rows of whole days as often as it names what it reads, up to the limit that
 * the dashboard sets.
 */
export function dashboardHourCost({
  symbols,
  engine,
  maxGib = 2,
}: {
  symbols: number;
  engine: 'dataflow' | 'bigquery';
  maxGib?: number;
}) {
  const windows = 360;
  const minimumGib = assumed('queryBytesMinimum') / GIB;
  const queries = engine === 'bigquery' ? dashboardQueries(symbols) : rowQueries(symbols);
  const cost = (bytes: readonly number[]) => {
    const gib = bytes
      .map((query) => Math.max(minimumGib, Math.min(query / GIB, maxGib)))
      .reduce((sum, query) => sum + query, 0);
    return ((gib * windows) / 1024) * price('bigqueryQuery').usd;
  };
  return {
    least: cost(queries.map(({ least }) => least)),
    most: cost(queries.map(({ most }) => most)),
  };
}

/** BigQuery keeps a materialized view of the refused quotes, at night too. */
function refreshCost(symbols: number, seconds: number): number {
  const refreshes = assumed('refreshesPerDay') * DAYS_PER_MONTH;
  const leastBytes = refreshes * assumed('queryBytesMinimum');
  const tib = Math.max(leastBytes, refreshBytes(symbols, seconds)) / TIB;
  return priceOf(price('bigqueryQuery'), tib);
}

/** The bytes of the dashboard's queries of the table `quote`. The rows of a window are few. */
function rowQueries(symbols: number): BytesRead[] {
  const { rowsPerSecond } = load({ symbols, layout: 'single' });
  const day = rowsPerSecond * 86_400 * deployment.rowBytes;
  // A ranking for each resolution, which names two views; the trends; the newest quote. Dead
  // letters are few.
  const names = [...deployment.resolutions.map(() => 2), 1, 1, 0];
  return names.map((count) => ({ least: 0, most: count * day }));
}

/** In hours with quotes there are as many workers as are needed, in the others one for each job. */
function workerHoursOf({ workers }: Load, jobs: number, quoteHours: number, jobHours: number) {
  const needed = workers.reduce((sum, count) => sum + count, 0);
  return needed * quoteHours + jobs * (jobHours - quoteHours);
}

function usdPerWorkerHour({ machineType }: Load): number {
  const { vcpus, memoryGib } = machines[machineType];
  return (
    vcpus * price('dataflowVcpu').usd +
    memoryGib * price('dataflowMemory').usd +
    assumed('workerDiskGib') * price('dataflowDisk').usd
  );
}

function streamingEngineCost(flow: Load, jobs: number, seconds: number): number {
  if (jobs === 0) return 0;
  const messageBytes =
    (deployment.quoteBytes + assumed('pubsubOverheadBytes')) *
    assumed('streamingEnginePassesPerMessage');
  const bytesPerSecond =
    flow.quotesPerSecond * jobs * messageBytes +
    flow.rowsPerSecond * assumed('streamingEngineBytesPerRow');
  return priceOf(price('streamingEngine'), (bytesPerSecond * seconds) / GIB);
}

function functionCost(flow: Load, minutes: number, region: Region): number {
  const { functionInstances, functionVcpus, messagesPerMinute } = flow;
  const [cpuPrice, memoryPrice] =
    region === 'us-central1'
      ? [price('functionCpuTier1'), price('functionMemoryTier1')]
      : [price('functionCpu'), price('functionMemory')];
  const instanceSeconds =
    minutes *
    (functionInstances * assumed('functionBusySecondsPerMinute') +
      assumed('fanOutSecondsPerMinute'));
  const cpu = instanceSeconds * functionVcpus * cpuPrice.usd;
  const memory = instanceSeconds * deployment.functionMemoryGib * memoryPrice.usd;
  return (
    Math.max(0, cpu - functionFreeUsd.cpu) +
    Math.max(0, memory - functionFreeUsd.memory) +
    priceOf(price('functionRequests'), (minutes * (messagesPerMinute + 1)) / 1e6)
  );
}

function pubsubCost(flow: Load, symbols: number, jobs: number, seconds: number): number {
  const overhead = assumed('pubsubOverheadBytes');
  const request = (bytes: number) => Math.max(assumed('pubsubRequestBytes'), bytes);
  const tickers = (count: number) => count * (deployment.symbolBytes + '"",'.length) + overhead;
  const tickersPerMessage = symbols / flow.messagesPerMinute;
  const quote = deployment.quoteBytes + overhead;
  // Published once and delivered once: the alarm and the messages of iex-ingest.
  const perMinute =
    2 * request(tickers(symbols)) +
    2 * flow.messagesPerMinute * request(tickers(tickersPerMessage)) +
    // Published once and delivered to each job: the quotes, those for one message together.
    (1 + jobs) * QUOTES_PER_MINUTE * flow.messagesPerMinute * request(tickersPerMessage * quote);
  // Pub/Sub writes to BigQuery itself, a message at a time.
  const toBigQuery = jobs > 0 ? 0 : flow.quotesPerSecond * request(quote) * seconds;
  const retainedGib = (flow.quotesPerSecond * quote * deployment.retentionSeconds * jobs) / GIB;
  return (
    priceOf(price('pubsubThroughput'), (perMinute * seconds) / 60 / TIB) +
    priceOf(price('pubsubToBigQuery'), toBigQuery / TIB) +
    priceOf(price('pubsubStorage'), (retainedGib * seconds) / (HOURS_PER_MONTH * 3600))
  );
}

/** Alerts are evaluated every minute, and return a time series for each part that they watch. */
function alertCost(jobs: number): number {
  const functions = 2;
  // Subscriptions that write to BigQuery.
  const writers = jobs > 0 ? 0 : 2;
  const series =
    // backlog, oldest-message
    2 * (functions + jobs + writers) +
    // dead-letters; function-errors, whose ratio has two queries
    3 * functions +
    // data-freshness, job-failed, refused-messages, system-lag
    4 * jobs +
    // write-errors, a ratio; no-ticks, which compares two; unfit-messages
    (writers > 0 ? 2 * writers + 2 + 1 : 0) +
    // no-quotes
    1;
  const { common, jobs: ofJobs, ticks: ofTicks } = deployment.alerts;
  return (
    priceOf(price('alertCondition'), common + (jobs > 0 ? ofJobs : ofTicks)) +
    priceOf(price('alertSeries'), (series * HOURS_PER_MONTH * 60) / 1e6)
  );
}
