import { type Assumption, assumptions } from './assumptions.js';
import { number, table } from './markdown.js';
import { type Price, prices } from './prices.js';

/** What the costs are computed from: the prices of units. */
export function priceTable(): string {
  return table(
    ['list price', 'USD', 'unit', 'free a month', 'region', 'as of'],
    Object.values<Price>(prices).map(({ what, usd, unit, free, region, source, date }) => [
      `[${what}](${source})`,
      String(usd),
      unit,
      free === undefined ? '' : `${number(free, 4)}`,
      region,
      date,
    ]),
  );
}

/** What the costs are computed from: the assumptions. */
export function assumptionTable(): string {
  return table(
    ['assumption', 'value', 'why'],
    Object.entries<Assumption>(assumptions).map(([name, { value, unit, why }]) => [
      `\`${name}\``,
      `${number(value, 3)} ${unit}`,
      why,
    ]),
  );
}
