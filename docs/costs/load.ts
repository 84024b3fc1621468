import { tickBytes } from './bytes.js';
import { deployment, type MachineType, machines } from './deployment.js';
import { assumed } from './inputs.js';

/** What flows through a system, and what it needs for that. */

const GIB = 1024 ** 3;
export const QUOTES_PER_MINUTE = 6;

/** The most that Terraform allows in one message. */
const MAX_TICKERS_PER_MESSAGE = 9999;

/** The windows that contain a quote: one of each length ends every 10 s. */
const rowsOf = (resolutions: readonly number[]) =>
  resolutions.reduce((rows, minutes) => rows + 6 * minutes, 0);

/**
 * The resolutions of each Dataflow job, by the layout of the jobs. `bigquery` stands for
 * `window_engine = "bigquery"`, which has none.
 */
export const layouts = {
  per_resolution: deployment.resolutions.map((minutes) => [minutes]),
  single: [deployment.resolutions],
  bigquery: [] as number[][],
};

export type Layout = keyof typeof layouts;

/** A system; omitted settings have their defaults. */
export interface Need {
  symbols: number;
  layout: Layout;
  tickersPerMessage?: number;
  functionVcpus?: number;
  quotesPerSecondPerVcpu?: number;
  machineType?: MachineType;
}

/** What flows while quotes are taken, and what is needed for it. */
export interface Load {
  quotesPerSecond: number;
  rowsPerSecond: number;
  machineType: MachineType;
  tickersPerMessage: number;
  messagesPerMinute: number;
  functionVcpus: number;
  functionInstances: number;
  /** Of each job. */
  workers: number[];
}

/**
 * The tickers of a message: the default; or 100, the maximum of a request, if Terraform would
 * reject the default; or all of them, if an instance with less than one vCPU handles one message at
 * a time.
 */
export function tickersPerMessageFor(symbols: number, functionVcpus: number): number {
  if (functionVcpus < 1) return Math.min(symbols, MAX_TICKERS_PER_MESSAGE);
  const { tickersPerMessage, functionConcurrency, functionMaxInstances } = deployment;
  const messages = Math.ceil(symbols / tickersPerMessage);
  return 2 * messages <= functionConcurrency * functionMaxInstances ? tickersPerMessage : 100;
}

/** What flows while quotes are taken, and what is needed for it. */
export function load({
  symbols,
  layout,
  functionVcpus = deployment.functionVcpus,
  tickersPerMessage = tickersPerMessageFor(symbols, functionVcpus),
  quotesPerSecondPerVcpu = assumed('quotesPerSecondPerVcpu'),
  machineType = deployment.machineType,
}: Need): Load {
  const quotesPerSecond = (symbols * QUOTES_PER_MINUTE) / 60;
  const rowsPerQuote = rowsOf(deployment.resolutions);
  const messagesPerMinute = Math.ceil(symbols / tickersPerMessage);
  const workerCapacity = quotesPerSecondPerVcpu * rowsPerQuote * machines[machineType].vcpus;
  // Cloud Run allows one request at a time on less than one vCPU.
  const messagesPerInstance =
    functionVcpus < 1 ? 1 : deployment.functionConcurrency * assumed('functionUtilisation');
  return {
    quotesPerSecond,
    rowsPerSecond: quotesPerSecond * rowsPerQuote,
    machineType,
    tickersPerMessage,
    messagesPerMinute,
    functionVcpus,
    functionInstances: Math.ceil(messagesPerMinute / messagesPerInstance),
    workers: layouts[layout].map((resolutions) =>
      Math.max(1, Math.ceil((quotesPerSecond * (1 + rowsOf(resolutions))) / workerCapacity)),
    ),
  };
}

/** What the quotes of some time take in BigQuery: as rows of the windows, or each once. */
export function storedGib({ quotesPerSecond, rowsPerSecond, workers }: Load, seconds: number) {
  const bytesPerSecond =
    workers.length > 0 ? rowsPerSecond * deployment.rowBytes : quotesPerSecond * tickBytes.stored;
  return (bytesPerSecond * seconds) / GIB;
}
