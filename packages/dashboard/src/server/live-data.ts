import { newestClosedWindowEnd } from 'iex-contract';
import type { MarketData, PricePoint, StockWindow } from '../market-data/market-data.js';
import type { DashboardEventName, DashboardEvents, DashboardState } from './api.js';
import { type HealthSource, readHealth } from './health.js';

/** How many lengths of the window the chart of a stock goes back. */
const CHART_WINDOWS = 12;

export interface LiveDataOptions {
  marketData: MarketData;
  /** Where the data comes from, for people to read. */
  source: string;
  /** Lengths of the windows, in minutes. */
  resolutions: readonly number[];
  /** Counts the pipeline's work, if the pipeline runs on this machine. */
  health?: HealthSource;
  /**
   * How long after a window's end its last rows have arrived, as a rule, in milliseconds; 500
   * unless given.
   */
  settleMs?: number;
  /** The time in milliseconds since the epoch. */
  now?: () => number;
}

/** Takes a server-sent event. */
export type Listener = <Name extends DashboardEventName>(
  name: Name,
  data: DashboardEvents[Name],
) => void;

/**
 * The data that the dashboard shows, read once for each closed window, however many pages ask for
 * it. It sets no timer: it reads when a caller asks for it and its data is of an earlier window.
 */
export class LiveData {
  readonly #options: LiveDataOptions;
  readonly #now: () => number;
  readonly #settleMs: number;
  /** The shortest: the fewest rows for each quote. */
  readonly #resolution: number;
  readonly #listeners = new Set<Listener>();
  readonly #prices = new Map<string, Promise<PricePoint[]>>();
  #state: DashboardState;
  /** The window that was the newest when everything was last read. */
  #readFor = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #readingHealth: Promise<void> | undefined;

  constructor(options: LiveDataOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#settleMs = options.settleMs ?? 500;
    this.#resolution = Math.min(...options.resolutions);
    this.#state = {
      time: this.#now(),
      source: options.source,
      resolutions: options.resolutions,
      windows: [],
      trends: { times: [], prices: {} },
      health: null,
      problem: null,
    };
  }

  /** Everything, as of the window that closed last. The time in it is the present. */
  async state(): Promise<DashboardState> {
    await this.refresh();
    return { ...this.#state, time: this.#now() };
  }

  /** Whether there are listeners. */
  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  /**
   * Calls the listener with everything first, then with each change; returns a function that ends
   * it.
   */
  subscribe(listener: Listener): () => void {
    let active = true;
    void this.state().then((state) => {
      if (!active) return;
      listener('state', state);
      this.#listeners.add(listener);
    });
    return () => {
      active = false;
      this.#listeners.delete(listener);
    };
  }

  /**
   * Reads everything again if a window has closed since the last time. Never fails: an error
   * becomes the state's `problem`.
   */
  refresh(): Promise<void> {
    if (this.#readFor === this.#newestWindow()) return this.#reading ?? Promise.resolve();
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /**
   * Reads the health again. Never fails: if the error persists, the next window's `refresh` reports
   * it.
   */
  refreshHealth(): Promise<void> {
    this.#readingHealth ??= this.#publishHealth()
      .catch(() => undefined)
      .finally(() => {
        this.#readingHealth = undefined;
      });
    return this.#readingHealth;
  }

  /** Resolves when nothing is being read, so that the market data can be closed. */
  async idle(): Promise<void> {
    await Promise.allSettled([this.#reading, this.#readingHealth, ...this.#prices.values()]);
  }

  /** The prices of a stock over the last twelve windows, read once for each closed window. */
  prices(resolutionMinutes: number, symbol: string): Promise<PricePoint[]> {
    const key = `${resolutionMinutes} ${symbol}`;
    const known = this.#prices.get(key);
    if (known) return known;
    const window = this.#window(resolutionMinutes);
    if (!window) return Promise.resolve([]);
    const since = window.windowEnd - CHART_WINDOWS * 60_000 * resolutionMinutes;
    const prices = this.#options.marketData.prices(this.#resolution, symbol, since);
    this.#prices.set(key, prices);
    prices.catch(() => this.#prices.delete(key));
    return prices;
  }

  #newestWindow(): number {
    return newestClosedWindowEnd(this.#now() - this.#settleMs);
  }

  #window(resolutionMinutes: number): StockWindow | undefined {
    return this.#state.windows.find((window) => window.resolutionMinutes === resolutionMinutes);
  }

  async #read(): Promise<void> {
    this.#readFor = this.#newestWindow();
    const { resolutions } = this.#options;
    let problem: string | null = null;
    try {
      await Promise.all(resolutions.map((resolution) => this.#readWindow(resolution)));
      await Promise.all([this.#readTrends(), this.#publishHealth()]);
    } catch (error) {
      problem = (error as Error).message;
    }
    if (problem === this.#state.problem) return;
    this.#publish('problem', problem, { problem });
  }

  async #readWindow(resolution: number): Promise<void> {
    const window = await this.#options.marketData.latestWindow(resolution);
    if (!window) return;
    const others = this.#state.windows.filter((other) => other.resolutionMinutes !== resolution);
    const windows = [...others, window].sort((a, b) => a.resolutionMinutes - b.resolutionMinutes);
    this.#prices.clear();
    this.#publish('window', window, { windows });
  }

  async #readTrends(): Promise<void> {
    const window = this.#window(this.#resolution);
    if (!window) return;
    const { marketData } = this.#options;
    const trends = await marketData.trends(this.#resolution, window.windowEnd);
    this.#publish('trends', trends, { trends });
  }

  async #publishHealth(): Promise<void> {
    const { marketData, resolutions, health: source } = this.#options;
    const { windows } = this.#state;
    const read = await readHealth(marketData, resolutions, windows, source, this.#now());
    const health = { ...read, time: this.#now() };
    this.#publish('health', health, { health });
  }

  /** Changes the state, and passes the event to all listeners. */
  #publish<Name extends DashboardEventName>(
    name: Name,
    data: DashboardEvents[Name],
    change: Partial<DashboardState>,
  ): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(name, data);
  }
}
