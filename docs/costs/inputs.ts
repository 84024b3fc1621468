import { readFileSync } from 'node:fs';

/** What the costs are computed from: two tables of docs/costs.md, whose first column is a name. */

export type Region = 'europe-west2' | 'us-central1';

export interface Price {
  /** US dollars for one unit, beyond the free ones. */
  usd: number;
  /** Units of a month that cost nothing, for a whole billing account. */
  free: number;
  region: string;
  /** Google's own page. */
  source: string;
  date: string;
}

/** List prices. */
export const prices = readTable('price', ([what = '', usd, , free, region = '', date = '']) => ({
  usd: numberIn(usd),
  free: numberIn(free || '0'),
  region,
  source: /\]\((.+)\)$/.exec(what)?.[1] ?? '',
  date,
})) satisfies Record<string, Price>;

const assumptions = readTable('assumption', ([value]) => numberIn(value));

/** A list price, by its name. */
export const price = (name: string): Price => found(prices, name);

/** An assumption, by its name. */
export const assumed = (name: string): number => found(assumptions, name);

/**
 * The part of a month that Cloud Run does not charge, in dollars: 180,000 vCPU seconds and 360,000
 * GiB seconds at the prices of tier 1, in every region (https://cloud.google.com/run/pricing).
 */
export const functionFreeUsd = {
  cpu: 180_000 * price('functionCpuTier1').usd,
  memory: 360_000 * price('functionMemoryTier1').usd,
};

/** Reads the table whose first column has this title; `read` gets the other cells of a row. */
function readTable<T>(title: string, read: (cells: string[]) => T): Record<string, T> {
  const document = readFileSync(new URL('../costs.md', import.meta.url), 'utf8');
  const [, rows = ''] =
    new RegExp(`^\\| ${title} .*\n.*\n((?:\\| .*\n)+)`, 'm').exec(document) ?? [];
  return Object.fromEntries(
    [...rows.matchAll(/^\| `(\w+)` +\| (.*) \|$/gm)].map(([, name, cells = '']) => [
      name,
      read(cells.split(' | ').map((cell) => cell.trim())),
    ]),
  );
}

function numberIn(cell = ''): number {
  const number = Number(cell.replaceAll(',', ''));
  if (cell && Number.isFinite(number)) return number;
  throw new Error(`docs/costs.md: '${cell}' is not a number`);
}

function found<T>(table: Record<string, T>, name: string): T {
  const value = table[name];
  if (value === undefined) throw new Error(`docs/costs.md has no ${name}`);
  return value;
}
