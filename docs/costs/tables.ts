import { bytesOfWindows } from './bytes.js';
import {
  CONFIGURATIONS,
  heading,
  MODES,
  MOST_SYMBOLS_ON_A_FRACTION,
  modeNames,
  SIZES,
  settings,
} from './configurations.js';
import { deployment } from './deployment.js';
import { price } from './inputs.js';
import { type Layout, type Load, load, storedGib } from './load.js';
import { byteCount, number, table, usd } from './markdown.js';
import { dashboardHourCost, type Mode, monthlyCost, type Options, totalCost } from './model.js';

/** The tables of docs/costs.md, in Markdown. */

/** Which engine is for whom: a table of README.md. */
function engineTable(): string {
  const cost = (symbols: number, layout: Layout, mode: Mode) => {
    const configuration = CONFIGURATIONS.find(
      (each) => each.symbols === symbols && each.layout === layout,
    )!;
    return usd(totalCost({ ...configuration, mode }));
  };
  const costs = (symbols: number, mode: Mode) => [
    `${cost(symbols, 'single', mode)} with one job, ${cost(symbols, 'per_resolution', mode)} with three`,
    cost(symbols, 'bigquery', mode),
  ];
  return table(
    ['`window_engine`', '`dataflow` (the default)', '`bigquery`'],
    [
      [
        'for whom',
        'you want Beam: other transforms or sinks, results that are pushed on',
        'you want the results, at the least cost and with the fewest parts',
      ],
      [
        'who computes the windows',
        'streaming jobs, which write a row for each quote and window',
        'a view, when somebody asks; Pub/Sub writes each quote once',
      ],
      ['10 symbols, USD a month', ...costs(10, 'always')],
      ['10 symbols, in market hours', ...costs(10, 'marketHours')],
      ['10,000 symbols, USD a month', ...costs(10_000, 'always')],
      ['from a quote to its rows', 'seconds, while the workers keep up', 'seconds'],
      [
        'the views contain',
        'all windows that are kept',
        'the last 24 hours; table functions any other time',
      ],
      [
        'to deploy, besides Node.js, gcloud and Terraform',
        'Java 17, Maven and Python 3',
        'nothing',
      ],
    ],
  );
}

/** The total cost of a month: README.md shows this table too. */
export function summaryTable(): string {
  return table(
    ['symbols', '`window_engine`', ...modeNames.map((mode) => MODES[mode])],
    CONFIGURATIONS.map((configuration) => [
      number(configuration.symbols),
      settings(configuration),
      ...modeNames.map((mode) =>
        mode === 'marketHoursDrained' && configuration.layout === 'bigquery'
          ? 'no jobs'
          : usd(totalCost({ ...configuration, mode })),
      ),
    ]),
  );
}

/** The cost of each part, always on. */
function breakdownTable(): string {
  const costs = CONFIGURATIONS.map((configuration) =>
    monthlyCost({ ...configuration, mode: 'always' }),
  );
  return table(
    ['USD a month, always on', ...CONFIGURATIONS.map(heading)],
    [
      ...Object.keys(costs[0]!).map((item) => [item, ...costs.map((cost) => usd(cost[item]!))]),
      [
        '**total**',
        ...CONFIGURATIONS.map((c) => `**${usd(totalCost({ ...c, mode: 'always' }))}**`),
      ],
    ],
  );
}

/** What flows, and what is needed for it. */
function loadTable(): string {
  const loads = CONFIGURATIONS.map(load);
  const stored = (flow: Load) => storedGib(flow, 86_400 * deployment.partitionDays);
  const row = (what: string, value: (load: Load) => string) => [what, ...loads.map(value)];
  return table(
    ['while quotes are taken', ...CONFIGURATIONS.map(heading)],
    [
      row('quotes/s', ({ quotesPerSecond }) => number(quotesPerSecond)),
      row('rows/s', ({ quotesPerSecond, rowsPerSecond, workers }) =>
        number(workers.length > 0 ? rowsPerSecond : quotesPerSecond),
      ),
      row(`GiB stored after ${deployment.partitionDays} days`, (flow) => number(stored(flow))),
      row('workers of the jobs', ({ workers }) => workers.join(' + ') || '–'),
      row('`dataflow_max_workers` needed', ({ workers }) =>
        workers.length > 0 ? number(Math.max(deployment.maxWorkers, ...workers)) : '–',
      ),
      row('`tickers_per_message`', ({ tickersPerMessage }) => number(tickersPerMessage)),
      row('instances of `iex-api`', ({ functionInstances }) => number(functionInstances)),
    ],
  );
}

/** The effect of each setting by itself, and of all of them together. */
function leverTable(): string {
  const levers: Record<string, Partial<Options>> = {
    'as deployed by default': {},
    '`dataflow_layout = "single"`': { layout: 'single' },
    '`dataflow_machine_type = "n1-standard-1"`': { machineType: 'n1-standard-1' },
    '`dataflow_private_ips = true`': { privateIps: true },
    '`function_cpu = 0.167`': { functionVcpus: 0.167 },
    '`region = "us-central1"`': { region: 'us-central1' },
    '`partition_expiration_days = 30`': { partitionDays: 30 },
    '`alarm_schedule = "* 9-15 * * 1-5"`': { mode: 'marketHours' },
    'also jobs drained outside': { mode: 'marketHoursDrained' },
  };
  const rows: [string, Partial<Options>][] = [
    ...Object.entries(levers),
    ['all of them', Object.assign({}, ...Object.values(levers))],
  ];
  const cell = (symbols: number, { functionVcpus, ...lever }: Partial<Options>) => {
    const fits = functionVcpus !== undefined && symbols <= MOST_SYMBOLS_ON_A_FRACTION;
    if (functionVcpus !== undefined && !fits && Object.keys(lever).length === 0) return '–';
    const options = { symbols, layout: 'per_resolution' as const, mode: 'always' as const };
    return usd(totalCost({ ...options, ...lever, ...(fits ? { functionVcpus } : {}) }));
  };
  return table(
    ['USD a month', ...SIZES.map((symbols) => `${number(symbols)} symbols`)],
    rows.map(([name, lever]) => [name, ...SIZES.map((symbols) => cell(symbols, lever))]),
  );
}

/** The cost of each part in the default region and in the cheapest ones. */
function regionTable(): string {
  const regions = ['europe-west2', 'us-central1'] as const;
  const columns = SIZES.flatMap((symbols) => regions.map((region) => ({ symbols, region })));
  const costs = columns.map((column) =>
    monthlyCost({ ...column, layout: 'single', mode: 'always' }),
  );
  const differs = (item: string) => costs[0]![item] !== costs[1]![item];
  return table(
    [
      'USD a month, `single`, always on',
      ...columns.map(({ symbols, region }) => `${number(symbols)} \`${region}\``),
    ],
    [
      ...Object.keys(costs[0]!)
        .filter(differs)
        .map((item) => [item, ...costs.map((cost) => usd(cost[item]!))]),
      [
        '**total**',
        ...columns.map((c) => `**${usd(totalCost({ ...c, layout: 'single', mode: 'always' }))}**`),
      ],
    ],
  );
}

/** The effect of the throughput, which has not been measured. */
function throughputTable(): string {
  return table(
    ['quotes/s of a vCPU', ...SIZES.map((symbols) => `${number(symbols)} symbols`)],
    [30, 100, 300].map((quotesPerSecondPerVcpu) => [
      number(quotesPerSecondPerVcpu),
      ...SIZES.map((symbols) =>
        usd(totalCost({ symbols, layout: 'single', mode: 'always', quotesPerSecondPerVcpu })),
      ),
    ]),
  );
}

function dashboardTable(): string {
  const engines = ['dataflow', 'bigquery'] as const;
  return table(
    [
      'USD for an hour of the dashboard',
      ...engines.flatMap((engine) => [`${engine}: at least`, 'at most']),
    ],
    SIZES.map((symbols) => [
      `${number(symbols)} symbols`,
      ...engines.flatMap((engine) => {
        const { least, most } = dashboardHourCost({ symbols, engine });
        return [least.toFixed(2), most.toFixed(2)];
      }),
    ]),
  );
}

/** What a query of the table functions reads if BigQuery computes the windows. */
function bytesTable(): string {
  const day = 86_400;
  const times = { 'one window': 0, 'a day': day, 'a week': 7 * day, 'a year': 365 * day };
  return table(
    ['the windows of', ...SIZES.map((symbols) => `${number(symbols)} symbols`)],
    Object.entries(times).map(([name, seconds]) => [
      name,
      ...SIZES.map((symbols) => {
        const { least, most } = bytesOfWindows(symbols, seconds);
        const cost = (most / 1024 ** 4) * price('bigqueryQuery').usd;
        return `${byteCount(least)} to ${byteCount(most)}, ${cost < 0.01 ? '< 0.01' : cost.toFixed(2)} USD`;
      }),
    ]),
  );
}

/** The tables, by their names in docs/costs.md. */
export const tables: Record<string, () => string> = {
  engines: engineTable,
  summary: summaryTable,
  breakdown: breakdownTable,
  load: loadTable,
  levers: leverTable,
  regions: regionTable,
  throughput: throughputTable,
  dashboard: dashboardTable,
  bytes: bytesTable,
};
