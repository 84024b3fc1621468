import { newestClosedWindowEnd, WINDOW_PERIOD_MS } from 'iex-contract';
import type {
  Activity,
  DeadLetter,
  DeadLetters,
  MarketData,
  PricePoint,
  StockWindow,
  Trends,
  WindowRanking,
  WindowStock,
} from './market-data.js';
import { type Between, marketDataQueries } from './queries.js';

/** A parameter of a query: an integer, a text, an instant or several. */
export type SqlParameter = number | string | Date | Date[];

/** A value in a row of a result; an instant is in milliseconds since the epoch. */
export type SqlValue = number | string | null;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * How far the trends look back, and how far apart their points are: a multiple of the windows'
 * period.
 */
const TREND_LENGTH = 15 * MINUTE;
const TREND_STEP = 3 * WINDOW_PERIOD_MS;

/** From a time, inclusive, to another, exclusive; in milliseconds since the epoch. */
export interface TimeRange {
  from: number;
  to: number;
}

/** Market data in an SQL database; a subclass runs the queries. */
export abstract class SqlMarketData implements MarketData {
  readonly #queries: ReturnType<typeof marketDataQueries>;
  readonly #now: () => number;
  /** The newest closed window that was found for each resolution: the next one cannot be older. */
  readonly #knownWindowEnds = new Map<number, number>();

  /**
   * @param dataset what qualifies names in SQL
   * @param between how SQL names the rows of the windows between two times
   * @param now the time, in milliseconds since the epoch
   */
  constructor(dataset: string, between: Between, now: () => number) {
    this.#queries = marketDataQueries(dataset, between);
    this.#now = now;
  }

  /** Runs a query and returns its rows, each under the names of its columns. */
  protected abstract query<Row extends { [Column in keyof Row]: SqlValue }>(
    sql: string,
    parameters: Record<string, SqlParameter>,
  ): Promise<Row[]>;

  /** Where to look for quotes that are older than a time, newest range first. */
  protected abstract olderRanges(before: number): Promise<TimeRange[]>;

  abstract close(): void | Promise<void>;

  async latestRanking(resolutionMinutes: number): Promise<WindowRanking | undefined> {
    const window = await this.latestWindow(resolutionMinutes);
    if (!window) return undefined;
    const stocks = window.stocks
      .flatMap(({ rank, symbol, meanPrice, percentageGain }) =>
        rank === null || meanPrice === null ? [] : [{ rank, symbol, meanPrice, percentageGain }],
      )
      .sort((a, b) => a.rank - b.rank);
    return { ...window, stocks };
  }

  async latestWindow(resolutionMinutes: number): Promise<StockWindow | undefined> {
    // While quotes flow, the window that closed last has some. Only if it has none, search for the
    // latest that has.
    const window = await this.#window(resolutionMinutes, newestClosedWindowEnd(this.#now()));
    if (window) return window;
    const windowEnd = await this.#findWindowEnd(resolutionMinutes);
    return windowEnd === undefined ? undefined : this.#window(resolutionMinutes, windowEnd);
  }

  async trends(resolutionMinutes: number, windowEnd: number): Promise<Trends> {
    const times: number[] = [];
    for (let time = windowEnd - TREND_LENGTH; time <= windowEnd; time += TREND_STEP) {
      times.push(time);
    }
    const rows = await this.query<{ symbol: string; windowEnd: number; price: number }>(
      this.#queries.lastPrices,
      {
        resolutionMinutes,
        from: new Date(windowEnd - TREND_LENGTH),
        to: new Date(windowEnd),
        windowEnds: times.map((time) => new Date(time)),
      },
    );
    // Without a prototype, because a symbol is any text that was received.
    const prices: Trends['prices'] = Object.create(null);
    for (const { symbol, windowEnd, price } of rows) {
      prices[symbol] ??= times.map(() => null);
      prices[symbol][times.indexOf(windowEnd)] = price;
    }
    return { times, prices };
  }

  prices(resolutionMinutes: number, symbol: string, since: number): Promise<PricePoint[]> {
    return this.query<PricePoint>(this.#queries.prices, {
      resolutionMinutes,
      symbol,
      from: new Date(since),
      to: this.#noLater(),
    });
  }

  async activity(resolutionMinutes: number, windowEnd: number): Promise<Activity | undefined> {
    const [row] = await this.query<{ newestQuote: number | null; quotesInWindow: number | null }>(
      this.#queries.activity,
      { resolutionMinutes, windowEnd: new Date(windowEnd), to: this.#noLater() },
    );
    if (!row || row.newestQuote === null) return undefined;
    return { newestQuote: row.newestQuote, quotesInWindow: row.quotesInWindow ?? 0 };
  }

  async deadLetters(): Promise<DeadLetters> {
    const now = this.#now();
    const rows = await this.query<DeadLetter & { lastDay: number; lastHour: number }>(
      this.#queries.deadLetters,
      { dayAgo: new Date(now - DAY), hourAgo: new Date(now - HOUR) },
    );
    const { lastDay = 0, lastHour = 0 } = rows[0] ?? {};
    const newest = rows.map(({ lastDay, lastHour, ...letter }) => letter);
    return { lastDay, lastHour, newest };
  }

  /** A time after the end of all windows that are open, even if the clock of a source is wrong. */
  #noLater(): Date {
    return new Date(this.#now() + DAY);
  }

  /** The stocks of a window; undefined if it has no quotes. */
  async #window(resolutionMinutes: number, windowEnd: number): Promise<StockWindow | undefined> {
    const stocks = await this.query<WindowStock>(this.#queries.stocksOfWindow, {
      resolutionMinutes,
      windowEnd: new Date(windowEnd),
      windowBefore: new Date(windowEnd - WINDOW_PERIOD_MS),
    });
    if (stocks.length === 0) return undefined;
    this.#knownWindowEnds.set(resolutionMinutes, windowEnd);
    return { resolutionMinutes, windowEnd, stocks };
  }

  /**
   * The end of the newest closed window that has quotes, however old; undefined if no window has
   * any.
   */
  async #findWindowEnd(resolutionMinutes: number): Promise<number | undefined> {
    const now = this.#now();
    const recent = this.#knownWindowEnds.get(resolutionMinutes) ?? now - HOUR;
    const found = await this.#newestWindowEnd(resolutionMinutes, { from: recent, to: now });
    if (found !== undefined) return found;
    for (const range of await this.olderRanges(recent)) {
      const older = await this.#newestWindowEnd(resolutionMinutes, range);
      if (older !== undefined) return older;
    }
    return undefined;
  }

  async #newestWindowEnd(
    resolutionMinutes: number,
    { from, to }: TimeRange,
  ): Promise<number | undefined> {
    const [row] = await this.query<{ windowEnd: number | null }>(this.#queries.newestWindowEnd, {
      resolutionMinutes,
      from: new Date(from),
      to: new Date(to),
    });
    return row?.windowEnd ?? undefined;
  }
}
