import { deployment } from './deployment.mjs';
import { dashboardHourCost, layouts, load, modes, monthlyCost, totalCost } from './model.mjs';
import { assumptions, prices } from './prices.mjs';

/** The tables of docs/costs.md, in Markdown. */

const SIZES = [10, 100, 10_000];

const MODES = {
  always: 'always on',
  marketHours: 'quotes in market hours',
  marketHoursDrained: 'the same, jobs drained outside',
};

const CONFIGURATIONS = SIZES.flatMap((symbols) =>
  Object.keys(layouts).map((layout) => ({ symbols, layout })),
);

const number = (value, digits = 0) =>
  value.toLocaleString('en-GB', { maximumFractionDigits: digits });

/** Whole dollars. */
const usd = (value) => (value > 0 && value < 0.5 ? '< 1' : number(value));

/** What the whole costs a month: the table that README.md shows too. */
export function summaryTable() {
  return table(
    ['symbols', 'layout', ...Object.keys(modes).map((mode) => MODES[mode])],
    CONFIGURATIONS.map((configuration) => [
      number(configuration.symbols),
      `\`${configuration.layout}\``,
      ...Object.keys(modes).map((mode) => usd(totalCost({ ...configuration, mode }))),
    ]),
  );
}

/** What it is paid for, always on. */
function breakdownTable() {
  const costs = CONFIGURATIONS.map((configuration) =>
    monthlyCost({ ...configuration, mode: 'always' }),
  );
  return table(
    ['USD a month, always on', ...CONFIGURATIONS.map(heading)],
    [
      ...Object.keys(costs[0]).map((item) => [item, ...costs.map((cost) => usd(cost[item]))]),
      [
        '**together**',
        ...CONFIGURATIONS.map((c) => `**${usd(totalCost({ ...c, mode: 'always' }))}**`),
      ],
    ],
  );
}

/** What flows, and what is needed for it. */
function loadTable() {
  const loads = CONFIGURATIONS.map(load);
  const storedGib = ({ rowsPerSecond }) =>
    (rowsPerSecond * 86_400 * deployment.partitionDays * deployment.rowBytes) / 1024 ** 3;
  const row = (what, value) => [what, ...loads.map(value)];
  return table(
    ['while quotes are taken', ...CONFIGURATIONS.map(heading)],
    [
      row('quotes/s', ({ quotesPerSecond }) => number(quotesPerSecond)),
      row('rows/s', ({ rowsPerSecond }) => number(rowsPerSecond)),
      row(`stored after ${deployment.partitionDays} days, GiB`, (need) => number(storedGib(need))),
      row('workers of the jobs', ({ workers }) => workers.join(' + ')),
      row('so that `dataflow_max_workers` is', ({ workers }) =>
        number(Math.max(deployment.maxWorkers, ...workers)),
      ),
      row('`tickers_per_message`', ({ tickersPerMessage }) => number(tickersPerMessage)),
      row('instances of `iex-api`', ({ functionInstances }) => number(functionInstances)),
    ],
  );
}

/** What each lever does by itself, and all of them together. */
function leverTable() {
  const levers = {
    'as deployed by default': {},
    '`dataflow_layout = "single"`': { layout: 'single' },
    '`dataflow_machine_type = "n1-standard-1"`': { machineType: 'n1-standard-1' },
    '`tickers_per_message = 100`': { tickersPerMessage: 100 },
    '`partition_expiration_days = 30`': { partitionDays: 30 },
    '`alarm_schedule = "* 9-15 * * 1-5"`': { mode: 'marketHours' },
    'the same, and the jobs drained outside': { mode: 'marketHoursDrained' },
  };
  const rows = [
    ...Object.entries(levers),
    ['all together', Object.assign({}, ...Object.values(levers))],
  ];
  return table(
    ['USD a month', ...SIZES.map((symbols) => `${number(symbols)} symbols`)],
    rows.map(([name, lever]) => [
      name,
      ...SIZES.map((symbols) =>
        usd(totalCost({ symbols, layout: 'per_resolution', mode: 'always', ...lever })),
      ),
    ]),
  );
}

/** How much hangs on what has not been measured. */
function throughputTable() {
  return table(
    ['quotes/s that a vCPU does', ...SIZES.map((symbols) => `${number(symbols)} symbols`)],
    [30, 100, 300].map((quotesPerSecondPerVcpu) => [
      number(quotesPerSecondPerVcpu),
      ...SIZES.map((symbols) =>
        usd(totalCost({ symbols, layout: 'single', mode: 'always', quotesPerSecondPerVcpu })),
      ),
    ]),
  );
}

function dashboardTable() {
  const freeHours = (cost) =>
    number((prices.bigqueryQuery.free * prices.bigqueryQuery.usd) / cost, 1);
  return table(
    ['USD for an hour of the dashboard', 'at least', 'at most', 'hours a month that are free'],
    SIZES.map((symbols) => {
      const { least, most } = dashboardHourCost({ symbols });
      return [
        `${number(symbols)} symbols`,
        least.toFixed(2),
        most.toFixed(2),
        `${freeHours(most)} to ${freeHours(least)}`,
      ];
    }),
  );
}

function priceTable() {
  return table(
    ['list price', 'USD', 'for a', 'free a month', 'of region', 'as of'],
    Object.values(prices).map(({ what, usd, unit, free, region, source, date }) => [
      `[${what}](${source})`,
      String(usd),
      unit,
      free === undefined ? '' : `${number(free, 4)}`,
      region,
      date,
    ]),
  );
}

function assumptionTable() {
  return table(
    ['assumption', 'value', 'why'],
    Object.entries(assumptions).map(([name, { value, unit, why }]) => [
      `\`${name}\``,
      `${number(value, 3)} ${unit}`,
      why,
    ]),
  );
}

/** The tables by the names that docs/costs.md has them under. */
export const tables = {
  summary: summaryTable,
  breakdown: breakdownTable,
  load: loadTable,
  levers: leverTable,
  throughput: throughputTable,
  dashboard: dashboardTable,
  prices: priceTable,
  assumptions: assumptionTable,
};

const heading = ({ symbols, layout }) => `${number(symbols)} \`${layout}\``;

/** A table whose columns stand below each other in the source too. */
function table(headings, rows) {
  const widths = headings.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column])].map((cell) => cell.length)),
  );
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join(
    '\n',
  );
}
