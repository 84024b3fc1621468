/**
 * The expected output of the pipeline and the views, computed from their definition alone: by
 * counting through all window ends, with no library and none of the project's code.
 */
export interface ReferenceQuote {
  symbol: string;
  latest_price: number;
  /** Milliseconds since the epoch. */
  eventTime: number;
}

export interface ReferenceRow extends ReferenceQuote {
  windowEnd: number;
  resolution: number;
}

/**
 * A row for each window that ends at 5 s past a multiple of 10 s and has start <= event time < end.
 */
export function referenceRows(
  quotes: readonly ReferenceQuote[],
  resolutions: readonly number[],
): ReferenceRow[] {
  const rows: ReferenceRow[] = [];
  for (const quote of quotes) {
    for (const resolution of resolutions) {
      const size = resolution * 60_000;
      const anyEnd = Math.floor(quote.eventTime / 10_000) * 10_000 + 5_000;
      for (let end = anyEnd - size - 20_000; end <= anyEnd + size + 20_000; end += 10_000) {
        if (end - size <= quote.eventTime && quote.eventTime < end) {
          rows.push({ ...quote, windowEnd: end, resolution });
        }
      }
    }
  }
  return rows;
}

/** A symbol in a window: its mean price, rank by it, and gain in percent. */
export interface ReferenceStock {
  resolution: number;
  windowEnd: number;
  symbol: string;
  mean: number;
  rank: number;
  gain: number;
}

/**
 * Mean, rank and gain of every symbol in every window; identical rows count once.
 * Prices must be in whole cents, so that means compare exactly.
 */
export function referenceStocks(rows: readonly ReferenceRow[]): ReferenceStock[] {
  const distinct = [...groupBy(rows, (row) => JSON.stringify(row)).values()].map(([row]) => row!);
  const windows = groupBy(distinct, ({ resolution, windowEnd }) => `${resolution}/${windowEnd}`);
  return [...windows.values()].flatMap((inWindow) => {
    const bySymbol = [...groupBy(inWindow, ({ symbol }) => symbol)].map(([symbol, own]) => {
      const inOrder = own.toSorted(
        (a, b) => a.eventTime - b.eventTime || a.latest_price - b.latest_price,
      );
      const cents = own.reduce((sum, { latest_price }) => sum + Math.round(latest_price * 100), 0);
      const first = inOrder[0]!.latest_price;
      const last = inOrder.at(-1)!.latest_price;
      return { symbol, cents, count: own.length, gain: (100 * (last - first)) / first };
    });
    return bySymbol.map((stock) => ({
      resolution: inWindow[0]!.resolution,
      windowEnd: inWindow[0]!.windowEnd,
      symbol: stock.symbol,
      mean: stock.cents / stock.count / 100,
      // Cross-multiplied, the means compare as integers.
      rank:
        1 +
        bySymbol.filter((other) => other.cents * stock.count > stock.cents * other.count).length,
      gain: stock.gain,
    }));
  });
}

function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}
