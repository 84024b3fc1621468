import type { WindowStock } from '../../src/server/api.js';

export type SortKey = 'symbol' | 'price' | 'gain' | 'rank';

/** The order of the table. */
export interface Sort {
  key: SortKey;
  descending: boolean;
}

/** Compares symbols in natural order: A2 before A10. */
const { compare } = new Intl.Collator('en', { numeric: true });

const VALUES: Record<Exclude<SortKey, 'symbol'>, (stock: WindowStock) => number | null> = {
  price: (stock) => stock.price,
  gain: (stock) => stock.percentageGain,
  rank: (stock) => stock.rank,
};

/**
 * The stocks whose symbol contains a text, in order. Stocks without a value come last in both
 * directions, and equal ones are ordered by symbol.
 */
export function orderStocks(
  stocks: readonly WindowStock[],
  { key, descending }: Sort,
  filter: string,
): WindowStock[] {
  const wanted = filter.trim().toUpperCase();
  const sign = descending ? -1 : 1;
  return stocks
    .filter(({ symbol }) => symbol.toUpperCase().includes(wanted))
    .sort((a, b) => {
      if (key === 'symbol') return sign * compare(a.symbol, b.symbol);
      const [x, y] = [VALUES[key](a), VALUES[key](b)];
      if (x === y) return compare(a.symbol, b.symbol);
      if (x === null || y === null) return x === null ? 1 : -1;
      return sign * (x - y);
    });
}

/**
 * The sort after a click on a column: the reverse direction, or for another column the most
 * interesting first.
 */
export function nextSort(current: Sort, key: SortKey): Sort {
  if (current.key === key) return { key, descending: !current.descending };
  return { key, descending: key === 'price' || key === 'gain' };
}

/**
 * The rows to draw of a long list: those in view and some more on either side. From inclusive, to
 * exclusive.
 */
export function visibleRows(
  { scrollTop, height, rowHeight }: { scrollTop: number; height: number; rowHeight: number },
  count: number,
): { from: number; to: number } {
  const MARGIN_ROWS = 5;
  const first = Math.floor(scrollTop / rowHeight);
  const last = Math.ceil((scrollTop + height) / rowHeight);
  const from = Math.min(Math.max(0, first - MARGIN_ROWS), count);
  return { from, to: Math.max(from, Math.min(count, last + MARGIN_ROWS)) };
}
