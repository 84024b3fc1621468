import { readFileSync } from 'node:fs';

/** What is deployed by default, read from the files that Terraform reads. */

const INFRASTRUCTURE = new URL('../../infrastructure/', import.meta.url);

/** The text of a file of `infrastructure/`. */
export const read = (path: string) => readFileSync(new URL(path, INFRASTRUCTURE), 'utf8');

/** The first group of a pattern in a file as `terraform fmt` lays it out. */
function find(path: string, pattern: RegExp): string {
  const match = pattern.exec(read(path))?.[1];
  if (match === undefined) {
    throw new Error(`docs/costs: infrastructure/${path} does not match ${pattern}`);
  }
  return match;
}

/** The default of a variable of the given type, which is one line of JSON. */
function variableDefault<T>(name: string): T {
  const pattern = new RegExp(`^variable "${name}" \\{\\n[^}]*?^  default += (.+)$`, 'm');
  return JSON.parse(find('variables.tf', pattern));
}

const { symbols }: { symbols: string[] } = JSON.parse(read('symbols.auto.tfvars.json'));
const { resolutions }: { resolutions: number[] } = JSON.parse(read('resolutions.auto.tfvars.json'));
const quoteSources: Record<string, { max_symbols: number }> = JSON.parse(
  read('quote-sources.json'),
);
const subscriptions: { aggregate: { message_retention_seconds: number } } = JSON.parse(
  read('subscriptions.json'),
);
const columns: { type: string }[] = JSON.parse(read('schemas/quote.json'));

/** The number of alerts of a group in monitoring.tf. */
function alerts(group: string): number {
  const block = find('monitoring.tf', new RegExp(`^  ${group}_alerts = \\{\n(.*?)^  \\}`, 'ms'));
  return [...block.matchAll(/^ {4}[\w-]+ = \{$/gm)].length;
}

/** The sizes of machine types (https://cloud.google.com/compute/docs/general-purpose-machines). */
export const machines = {
  'e2-standard-2': { vcpus: 2, memoryGib: 8 },
  'e2-standard-4': { vcpus: 4, memoryGib: 16 },
  'n1-standard-1': { vcpus: 1, memoryGib: 3.75 },
};

export type MachineType = keyof typeof machines;

const machineType = variableDefault<string>('dataflow_machine_type');
if (!(machineType in machines)) {
  throw new Error(`docs/costs: the size of ${machineType} is unknown: add it to machines`);
}

/** The mean length of a symbol, and a symbol of that length. */
const symbolBytes = symbols.join('').length / symbols.length;
const symbol = 'A'.repeat(Math.round(symbolBytes));

/**
 * https://cloud.google.com/bigquery/pricing#data: a string has its UTF-8 bytes and two more, the
 * other types eight.
 */
export const bytesOfColumn = (type: string, textBytes = symbolBytes) =>
  type === 'STRING' ? 2 + textBytes : 8;

const quote = { symbol, latest_price: 123.45, event_time: new Date(0).toISOString() };

export const deployment = {
  resolutions,
  machineType: machineType as MachineType,
  maxWorkers: variableDefault<number>('dataflow_max_workers'),
  privateIps: variableDefault<boolean>('dataflow_private_ips'),
  partitionDays: variableDefault<number>('partition_expiration_days'),
  /** By default as many as one request to the default quote API may name. */
  tickersPerMessage:
    variableDefault<number | null>('tickers_per_message') ??
    quoteSources[variableDefault<string>('quote_source')]!.max_symbols,
  functionConcurrency: variableDefault<number>('function_concurrency'),
  functionMaxInstances: variableDefault<number>('function_max_instances'),
  functionVcpus: variableDefault<number>('function_cpu'),
  functionMemoryGib: Number(find('function.tf', /available_memory += "(\d+)M"/)) / 1024,
  retentionSeconds: subscriptions.aggregate.message_retention_seconds,
  /** Numbers of alerts, each of which has one condition. */
  alerts: { common: alerts('common'), jobs: alerts('job'), ticks: alerts('tick') },
  symbolBytes,
  /**
   * Logical bytes of a row of `iex.quote`, by which BigQuery bills its storage, its writing and its
   * reading.
   */
  rowBytes: columns.reduce((sum, { type }) => sum + bytesOfColumn(type), 0),
  /** A message of `iex-aggregate`: data and attributes. */
  quoteBytes: JSON.stringify(quote).length + `quote_id12345678901234567/${symbol}/0`.length,
};
