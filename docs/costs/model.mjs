import { deployment, machines } from './deployment.mjs';
import { assumptions, functionFreeUsd, prices } from './prices.mjs';

/** What a month costs, from what is deployed, what a unit costs and what is assumed. */

const GIB = 1024 ** 3;
const TIB = 1024 ** 4;
const HOURS_PER_MONTH = (365.25 * 24) / 12;
const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
const QUOTES_PER_MINUTE = 6;

/** Windows that hold a quote: one of each length ends every 10 s. */
const rowsOf = (resolutions) => resolutions.reduce((rows, minutes) => rows + 6 * minutes, 0);

const WEEKDAYS_PER_MONTH = (DAYS_PER_MONTH * 5) / 7;
const MARKET_HOURS = WEEKDAYS_PER_MONTH * assumptions.marketHours.value;

/**
 * When it runs: hours of a month in which quotes are taken, and in which the Dataflow jobs run. A job has a worker while
 * it runs, quotes or not.
 */
export const modes = {
  always: { quoteHours: HOURS_PER_MONTH, jobHours: HOURS_PER_MONTH },
  marketHours: { quoteHours: MARKET_HOURS, jobHours: HOURS_PER_MONTH },
  marketHoursDrained: {
    quoteHours: MARKET_HOURS,
    jobHours: MARKET_HOURS + WEEKDAYS_PER_MONTH * assumptions.startAndDrainHours.value,
  },
};

/** The resolutions of each Dataflow job of a layout. */
export const layouts = {
  per_resolution: deployment.resolutions.map((minutes) => [minutes]),
  single: [deployment.resolutions],
};

/**
 * @typedef {object} Need what is wanted; what is left out is as it is deployed
 * @property {number} symbols
 * @property {keyof typeof layouts} layout
 * @property {number} [tickersPerMessage]
 * @property {number} [quotesPerSecondPerVcpu]
 * @property {keyof typeof machines} [machineType]
 */

/** Dollars for an amount of a month, beyond what is free. */
export function priceOf({ usd, free = 0 }, amount) {
  return Math.max(0, amount - free) * usd;
}

/** Tickers of a message: the default, or 100 (a request's most) where Terraform would refuse the default. */
export function tickersPerMessageFor(symbols) {
  const { tickersPerMessage, functionConcurrency, functionMaxInstances } = deployment;
  const messages = Math.ceil(symbols / tickersPerMessage);
  return 2 * messages <= functionConcurrency * functionMaxInstances ? tickersPerMessage : 100;
}

/**
 * What flows and what it takes, while quotes are taken.
 *
 * @param {Need} options
 */
export function load({
  symbols,
  layout,
  tickersPerMessage = tickersPerMessageFor(symbols),
  quotesPerSecondPerVcpu = assumptions.quotesPerSecondPerVcpu.value,
  machineType = deployment.machineType,
}) {
  const quotesPerSecond = (symbols * QUOTES_PER_MINUTE) / 60;
  const rowsPerQuote = rowsOf(deployment.resolutions);
  const messagesPerMinute = Math.ceil(symbols / tickersPerMessage);
  const workerCapacity = quotesPerSecondPerVcpu * rowsPerQuote * machines[machineType].vcpus;
  return {
    quotesPerSecond,
    rowsPerSecond: quotesPerSecond * rowsPerQuote,
    machineType,
    tickersPerMessage,
    messagesPerMinute,
    functionInstances: Math.ceil(
      messagesPerMinute / (deployment.functionConcurrency * assumptions.functionUtilisation.value),
    ),
    /** Of each job. */
    workers: layouts[layout].map((resolutions) =>
      Math.max(1, Math.ceil((quotesPerSecond * (1 + rowsOf(resolutions))) / workerCapacity)),
    ),
  };
}

/**
 * Dollars a month, by what they are paid for.
 *
 * @param {Need & { mode: keyof typeof modes, partitionDays?: number }} options
 * @returns {Record<string, number>}
 */
export function monthlyCost({ mode, partitionDays = deployment.partitionDays, ...options }) {
  const { quoteHours, jobHours } = modes[mode];
  const need = load(options);
  const jobs = layouts[options.layout].length;
  const seconds = quoteHours * 3600;
  const rowBytes = need.rowsPerSecond * seconds * deployment.rowBytes;
  return {
    'Dataflow workers': workerCost(need, jobs, quoteHours, jobHours),
    'Streaming Engine': streamingEngineCost(need, jobs, seconds),
    Functions: functionCost(need, quoteHours * 60),
    'Pub/Sub': pubsubCost(need, options.symbols, jobs, seconds),
    'BigQuery: writing': priceOf(prices.bigqueryWrite, rowBytes / GIB),
    'BigQuery: storage': priceOf(
      prices.bigqueryStorage,
      ((rowBytes / DAYS_PER_MONTH) * partitionDays) / GIB,
    ),
    'Alarm, log, secret':
      priceOf(prices.scheduler, 1) +
      priceOf(prices.secret, 1) +
      priceOf(
        prices.logging,
        ((need.messagesPerMinute + 1) * quoteHours * 60 * assumptions.logBytesPerMessage.value) /
          GIB,
      ),
  };
}

/** Dollars a month, all together. */
export function totalCost(options) {
  return Object.values(monthlyCost(options)).reduce((sum, usd) => sum + usd, 0);
}

/**
 * Dollars for an hour that somebody looks at the dashboard: at least what BigQuery bills for its queries in any case; at most
 * what it bills where each reads the rows of a whole day, as often as it names them, or the limit that the dashboard sets.
 */
export function dashboardHourCost({ symbols, maxGib = 2 }) {
  const windows = 360;
  // A ranking of each resolution, by three views; the trends and the newest quote. The dead letters are few.
  const scans = [...deployment.resolutions.map(() => 3), 1, 1];
  const minimumGib = assumptions.queryBytesMinimum.value / GIB;
  const { rowsPerSecond } = load({ symbols, layout: 'single' });
  const dayGib = (rowsPerSecond * 86_400 * deployment.rowBytes) / GIB;
  const cost = (queries) => {
    const gib = queries.reduce((sum, query) => sum + query, minimumGib);
    return ((gib * windows) / 1024) * prices.bigqueryQuery.usd;
  };
  return {
    least: cost(scans.map(() => minimumGib)),
    most: cost(scans.map((scan) => Math.max(minimumGib, Math.min(scan * dayGib, maxGib)))),
  };
}

/** Hours with quotes have the workers that they want, the others one for each job. */
function workerCost({ workers, machineType }, jobs, quoteHours, jobHours) {
  const wanted = workers.reduce((sum, count) => sum + count, 0);
  const workerHours = wanted * quoteHours + jobs * (jobHours - quoteHours);
  const { vcpus, memoryGib } = machines[machineType];
  const usdPerHour =
    vcpus * prices.dataflowVcpu.usd +
    memoryGib * prices.dataflowMemory.usd +
    assumptions.workerDiskGib.value * prices.dataflowDisk.usd;
  return workerHours * usdPerHour * assumptions.londonUplift.value;
}

function streamingEngineCost({ quotesPerSecond, rowsPerSecond }, jobs, seconds) {
  const messageBytes =
    (deployment.quoteBytes + assumptions.pubsubOverheadBytes.value) *
    assumptions.streamingEnginePassesPerMessage.value;
  const bytesPerSecond =
    quotesPerSecond * jobs * messageBytes +
    rowsPerSecond * assumptions.streamingEngineBytesPerRow.value;
  const gib = (bytesPerSecond * seconds) / GIB;
  return priceOf(prices.streamingEngine, gib) * assumptions.londonUplift.value;
}

function functionCost({ functionInstances, messagesPerMinute }, minutes) {
  const instanceSeconds =
    minutes *
    (functionInstances * assumptions.functionBusySecondsPerMinute.value +
      assumptions.fanOutSecondsPerMinute.value);
  const cpu = instanceSeconds * deployment.functionVcpus * prices.functionCpu.usd;
  const memory = instanceSeconds * deployment.functionMemoryGib * prices.functionMemory.usd;
  return (
    Math.max(0, cpu - functionFreeUsd.cpu) +
    Math.max(0, memory - functionFreeUsd.memory) +
    priceOf(prices.functionRequests, (minutes * (messagesPerMinute + 1)) / 1e6)
  );
}

function pubsubCost(need, symbols, jobs, seconds) {
  const overhead = assumptions.pubsubOverheadBytes.value;
  const request = (bytes) => Math.max(assumptions.pubsubRequestBytes.value, bytes);
  const tickers = (count) => count * (deployment.symbolBytes + '"",'.length) + overhead;
  const tickersPerMessage = symbols / need.messagesPerMinute;
  const quote = deployment.quoteBytes + overhead;
  // Published once and delivered once: the alarm and the messages of iex-ingest.
  const perMinute =
    2 * request(tickers(symbols)) +
    2 * need.messagesPerMinute * request(tickers(tickersPerMessage)) +
    // Published once and delivered to each job: the quotes, those of a message together.
    (1 + jobs) * QUOTES_PER_MINUTE * need.messagesPerMinute * request(tickersPerMessage * quote);
  const retainedGib = (need.quotesPerSecond * quote * deployment.retentionSeconds * jobs) / GIB;
  return (
    priceOf(prices.pubsubThroughput, (perMinute * seconds) / 60 / TIB) +
    priceOf(prices.pubsubStorage, (retainedGib * seconds) / (HOURS_PER_MONTH * 3600))
  );
}
