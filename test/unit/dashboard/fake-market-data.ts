import type {
  Activity,
  DeadLetters,
  MarketData,
  PricePoint,
  StockWindow,
  Trends,
  WindowRanking,
} from 'iex-dashboard/market-data/market-data';

/** Market data that a test sets, and that records its calls. */
export class FakeMarketData implements MarketData {
  /** The calls of each method, as text. */
  readonly calls: string[] = [];
  windowEnd: number | undefined;
  newestQuote: number | undefined;
  quotesInWindow = 0;
  /** The error of every call, if any. */
  failure: Error | undefined;

  async latestRanking(): Promise<WindowRanking | undefined> {
    throw new Error('the dashboard does not ask this');
  }

  async latestWindow(resolutionMinutes: number): Promise<StockWindow | undefined> {
    this.#called(`window ${resolutionMinutes}`);
    if (this.windowEnd === undefined) return undefined;
    return { resolutionMinutes, windowEnd: this.windowEnd, stocks: [] };
  }

  async trends(resolutionMinutes: number, windowEnd: number): Promise<Trends> {
    this.#called(`trends ${resolutionMinutes} ${windowEnd}`);
    return { times: [windowEnd], prices: {} };
  }

  async prices(resolutionMinutes: number, symbol: string, since: number): Promise<PricePoint[]> {
    this.#called(`prices ${resolutionMinutes} ${symbol} ${since}`);
    return [{ time: since, price: 1 }];
  }

  async activity(resolutionMinutes: number, windowEnd: number): Promise<Activity | undefined> {
    this.#called(`activity ${resolutionMinutes} ${windowEnd}`);
    if (this.newestQuote === undefined) return undefined;
    return { newestQuote: this.newestQuote, quotesInWindow: this.quotesInWindow };
  }

  async deadLetters(): Promise<DeadLetters> {
    this.#called('dead letters');
    return { lastDay: 0, lastHour: 0, newest: [] };
  }

  close(): void {}

  #called(call: string): void {
    this.calls.push(call);
    if (this.failure) throw this.failure;
  }
}
