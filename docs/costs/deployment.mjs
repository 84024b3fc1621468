import { readFileSync } from 'node:fs';

/** What is deployed by default, read from the files that Terraform reads. */

const INFRASTRUCTURE = new URL('../../infrastructure/', import.meta.url);

const read = (path) => readFileSync(new URL(path, INFRASTRUCTURE), 'utf8');

/** What a pattern's group holds in a file as `terraform fmt` lays it out. */
function find(path, pattern) {
  const match = pattern.exec(read(path));
  if (!match) throw new Error(`docs/costs: infrastructure/${path} has nothing like ${pattern}`);
  return match[1];
}

const variableDefault = (name) =>
  JSON.parse(
    find('variables.tf', new RegExp(`^variable "${name}" \\{\\n[^}]*?^  default += (.+)$`, 'm')),
  );

const { symbols } = JSON.parse(read('symbols.auto.tfvars.json'));
const { resolutions } = JSON.parse(read('resolutions.auto.tfvars.json'));
const subscriptions = JSON.parse(read('subscriptions.json'));
const quoteSources = JSON.parse(read('quote-sources.json'));

/** The sizes of machine types (https://cloud.google.com/compute/docs/general-purpose-machines). */
export const machines = {
  'e2-standard-2': { vcpus: 2, memoryGib: 8 },
  'e2-standard-4': { vcpus: 4, memoryGib: 16 },
  'n1-standard-1': { vcpus: 1, memoryGib: 3.75 },
};

const machineType = variableDefault('dataflow_machine_type');
if (!(machineType in machines)) {
  throw new Error(`docs/costs: how large is a ${machineType}? Add it to machines`);
}

export const deployment = {
  region: variableDefault('region'),
  resolutions,
  machineType,
  maxWorkers: variableDefault('dataflow_max_workers'),
  partitionDays: variableDefault('partition_expiration_days'),
  // As many as one request to the quote API may have.
  tickersPerMessage: quoteSources[variableDefault('quote_source')].max_symbols,
  functionConcurrency: variableDefault('function_concurrency'),
  functionMaxInstances: variableDefault('function_max_instances'),
  functionVcpus: variableDefault('function_cpu'),
  functionMemoryGib: Number(find('function.tf', /available_memory += "(\d+)M"/)) / 1024,
  retentionSeconds: subscriptions.aggregate.message_retention_seconds,
  symbolBytes: symbols.join('').length / symbols.length,
};

/** https://cloud.google.com/bigquery/pricing#data: a string takes its UTF-8 bytes and two more, all else here eight. */
const columnBytes = ({ type }) => (type === 'STRING' ? 2 + deployment.symbolBytes : 8);

/** Logical bytes of a row of `iex.quote`, which storing, writing and reading it are billed by. */
deployment.rowBytes = JSON.parse(read('schemas/quote.json'))
  .map(columnBytes)
  .reduce((sum, bytes) => sum + bytes, 0);

/** A message of `iex-aggregate`: data and attributes. */
const symbol = 'A'.repeat(Math.round(deployment.symbolBytes));
deployment.quoteBytes =
  JSON.stringify({ symbol, latest_price: 123.45, event_time: new Date(0).toISOString() }).length +
  `quote_id12345678901234567/${symbol}/0`.length;
