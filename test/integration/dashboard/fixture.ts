import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDbMarketData } from 'iex-dashboard/market-data/duckdb';
import { type Dashboard, type DashboardOptions, startDashboard } from 'iex-dashboard/server/server';
import { runBatch } from 'iex-dataflow';
import { Store } from 'iex-local/store/store';

const RESOLUTIONS = [1, 5, 15];
const PERIOD_MS = 10_000;

/** How many quotes, of 126 rows each, the store takes at once. */
const BATCH = 900;

/** A quote; its time in milliseconds since the epoch. */
export interface FixtureQuote {
  symbol: string;
  price: number;
  time: number;
}

export function threeStocks(time: number): FixtureQuote[] {
  return [
    { symbol: 'AAPL', price: 230, time },
    { symbol: 'MSFT', price: 410, time },
    { symbol: 'NIO', price: 4.5, time },
  ];
}

/** The pipeline, a database and a dashboard, whose clock a test can advance. */
export class DashboardFixture {
  readonly #folder: string;
  readonly #store: Store;
  readonly #marketData: DuckDbMarketData[] = [];
  #ahead = 0;
  #lastId = 0;

  private constructor(folder: string, store: Store) {
    this.#folder = folder;
    this.#store = store;
  }

  static async open(): Promise<DashboardFixture> {
    const folder = await mkdtemp(join(tmpdir(), 'iex-dashboard-'));
    return new DashboardFixture(folder, await Store.open(join(folder, 'iex.duckdb')));
  }

  /** Forgets all quotes and dead letters, and resets the clock. */
  async clear(): Promise<void> {
    const connection = await this.#store.connect();
    await connection.run('DELETE FROM iex.quote');
    await connection.run('DELETE FROM iex.dead_letter');
    connection.closeSync();
    this.#ahead = 0;
  }

  /**
   * Starts a dashboard on a free port, unless another is given.
   *
   * @param windowsNow the time for which it considers windows closed; not after the present
   */
  async start(
    options: Partial<DashboardOptions> = {},
    windowsNow?: () => number,
  ): Promise<Dashboard> {
    const marketData = new DuckDbMarketData(await this.#store.connect(), windowsNow);
    this.#marketData.push(marketData);
    return await startDashboard({
      marketData,
      source: 'DuckDB test.duckdb',
      resolutions: RESOLUTIONS,
      port: 0,
      settleMs: 0,
      now: () => Date.now() + this.#ahead,
      ...options,
    });
  }

  /** Advances the dashboard's clock, so that it reads the next window at once. */
  nextWindow(): void {
    this.#ahead += PERIOD_MS;
  }

  /** Makes the pipeline process quotes. */
  async quotes(quotes: readonly FixtureQuote[]): Promise<void> {
    await this.messages(
      quotes.map(({ symbol, price, time }) =>
        JSON.stringify({ symbol, latest_price: price, event_time: new Date(time).toISOString() }),
      ),
    );
  }

  /** Makes the pipeline process messages unchanged. */
  async messages(payloads: readonly string[]): Promise<void> {
    const messages = payloads.map((payload) => {
      this.#lastId += 1;
      const id = String(this.#lastId);
      return { id, payload: Buffer.from(payload), publishTime: Date.now() };
    });
    const writer = await this.#store.writer();
    for (let first = 0; first < messages.length; first += BATCH) {
      const batch = messages.slice(first, first + BATCH);
      await silently(() => writer.commit('test', batch, (fresh) => runBatch(fresh, RESOLUTIONS)));
    }
    writer.close();
  }

  async close(): Promise<void> {
    for (const marketData of this.#marketData) marketData.close();
    this.#store.close();
    await rm(this.#folder, { recursive: true });
  }
}

/** Beam's SDK announces each bundle on the console. */
async function silently<Result>(action: () => Promise<Result>): Promise<Result> {
  const { debug } = console;
  console.debug = () => undefined;
  try {
    return await action();
  } finally {
    console.debug = debug;
  }
}
