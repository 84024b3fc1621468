/**
 * The pipeline's results, read from the database that has its rows. All times are milliseconds
 * since the epoch.
 */

/** A stock among the three with the highest mean price of a window. */
export interface RankedStock {
  /** 1 to 3; equal means share a rank. */
  rank: number;
  symbol: string;
  /** US dollars. */
  meanPrice: number;
  /** From the first price of the window to its last; null if the first is zero. */
  percentageGain: number | null;
}

/** The highest mean prices of a closed window. */
export interface WindowRanking {
  resolutionMinutes: number;
  /** Exclusive. */
  windowEnd: number;
  /** Ranks 1 to 3 in order; ties may make it longer. */
  stocks: RankedStock[];
}

/** A stock that has quotes in a window. */
export interface WindowStock {
  symbol: string;
  /** The last price within the window, in US dollars. */
  price: number;
  /** From the first price of the window to its last; null if the first is zero. */
  percentageGain: number | null;
  /** Of ranked stocks only, in US dollars. */
  meanPrice: number | null;
  /** 1 to 3 by mean price; null beyond. */
  rank: number | null;
  /** The rank in the window that ended one period earlier; null beyond 3. */
  previousRank: number | null;
}

/** All stocks of a closed window. */
export interface StockWindow {
  resolutionMinutes: number;
  /** Exclusive. */
  windowEnd: number;
  /** By symbol. */
  stocks: WindowStock[];
}

/** The last prices of stocks at points in time that are equally far apart. */
export interface Trends {
  /** When each price was the last, oldest first. */
  times: number[];
  /**
   * For each symbol one price for each time, in US dollars; null if the window that ended then had
   * no quote.
   */
  prices: Record<string, (number | null)[]>;
}

/** A price at its event time. */
export interface PricePoint {
  time: number;
  /** US dollars. */
  price: number;
}

/** How much arrives. */
export interface Activity {
  /** Event time of the newest quote. */
  newestQuote: number;
  /** Quotes in the closed window of the request. */
  quotesInWindow: number;
}

/** A message that the pipeline refused, and all that are identical to it. */
export interface DeadLetter {
  /** As text, or in base64 if it was not UTF-8; cut off after some thousand characters. */
  payload: string;
  reason: string;
  /** `decode`, `parse` or `validate`. */
  stage: string;
  /** When it was refused last. */
  time: number;
  /** How often it was refused: each pipeline that receives a message refuses it for itself. */
  count: number;
}

/** The dead letters of the last 24 hours. */
export interface DeadLetters {
  lastDay: number;
  lastHour: number;
  /** Newest first, at most 20. */
  newest: DeadLetter[];
}

/**
 * Reads the views and tables of the dataset `iex`. Each method reads only the quotes of the time
 * that it is about.
 */
export interface MarketData {
  /** The ranking of the latest closed window that has quotes; undefined before there is one. */
  latestRanking(resolutionMinutes: number): Promise<WindowRanking | undefined>;
  /** All stocks of the latest closed window that has quotes; undefined before there is one. */
  latestWindow(resolutionMinutes: number): Promise<StockWindow | undefined>;
  /** The last 15 minutes of every stock up to the end of a window of the given resolution. */
  trends(resolutionMinutes: number, windowEnd: number): Promise<Trends>;
  /**
   * The prices of a stock since a time, oldest first, as windows of the given resolution hold them.
   */
  prices(resolutionMinutes: number, symbol: string, since: number): Promise<PricePoint[]>;
  /** How much arrives; undefined if nothing has arrived since the window. */
  activity(resolutionMinutes: number, windowEnd: number): Promise<Activity | undefined>;
  deadLetters(): Promise<DeadLetters>;
  close(): void | Promise<void>;
}
