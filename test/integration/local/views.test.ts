import { join } from 'node:path';
import { expect } from 'chai';
import { runBatch } from 'iex-dataflow';
import { Store } from 'iex-local/store/store';
import { rowsOf } from 'iex-test/support/database';
import { temporaryFolder } from 'iex-test/support/folder';
import {
  type ReferenceQuote,
  type ReferenceStock,
  referenceRows,
  referenceStocks,
} from 'iex-test/support/reference';

interface TopStock {
  resolution: number;
  windowEnd: number;
  symbol: string;
  mean: number;
  rank: number;
}

interface Gain {
  resolution: number;
  windowEnd: number;
  symbol: string;
  gain: number | null;
}

const TOP_STOCKS = `SELECT resolution_minutes resolution, epoch_ms(window_end) "windowEnd", symbol,
  mean_price mean, value_rank rank FROM iex.top_stocks`;
const GAINS = `SELECT resolution_minutes resolution, epoch_ms(window_end) "windowEnd", symbol,
  percentage_gain gain FROM iex.percentage_gain`;

describe('the views', () => {
  const folder = temporaryFolder();
  let files = 0;

  /** The results of the views for quotes that went through the pipeline. */
  async function viewsOf(quotes: readonly ReferenceQuote[], resolutions: readonly number[]) {
    const store = await Store.open(join(folder, `${++files}.duckdb`));
    const writer = await store.writer();
    const messages = quotes.map(({ symbol, latest_price, eventTime }, i) => ({
      id: String(i),
      payload: Buffer.from(
        JSON.stringify({ symbol, latest_price, event_time: new Date(eventTime).toISOString() }),
      ),
    }));
    await writer.commit('test', messages, (fresh) => runBatch(fresh, resolutions));
    const connection = await store.connect();
    const top = await rowsOf<TopStock>(connection, TOP_STOCKS);
    const gains = await rowsOf<Gain>(connection, GAINS);
    connection.closeSync();
    writer.close();
    store.close();
    return { top, gains };
  }

  const keyOf = ({
    resolution,
    windowEnd,
    symbol,
  }: Pick<Gain, 'resolution' | 'windowEnd' | 'symbol'>) => `${resolution}/${windowEnd}/${symbol}`;
  const byKey = <T extends Gain | TopStock | ReferenceStock>(all: readonly T[]) =>
    new Map(all.map((one) => [keyOf(one), one]));

  const base = Date.UTC(2020, 0, 6, 15, 0, 0);

  it('equal the definition for quotes with ties, on boundaries and out of order', async () => {
    // Few prices and few instants, so that means, event times and boundaries coincide often.
    const random = pseudoRandom(20_260_122);
    const quotes = Array.from({ length: 400 }, () => ({
      symbol: `S${Math.floor(random() * 8)}`,
      latest_price: [10, 10.1, 10.2, 33.33, 66.67][Math.floor(random() * 5)]!,
      eventTime:
        base + Math.floor(random() * 60) * 5_000 + [0, 0, -1, 1][Math.floor(random() * 4)]!,
    }));
    const resolutions = [1, 5];
    const expected = referenceStocks(referenceRows(quotes, resolutions));
    const { top, gains } = await viewsOf(quotes, resolutions);

    const expectedTop = byKey(expected.filter(({ rank }) => rank <= 3));
    expect(top).to.have.length(expectedTop.size);
    for (const stock of top) {
      expect(stock.rank, keyOf(stock)).to.equal(expectedTop.get(keyOf(stock))?.rank);
      expect(stock.mean, keyOf(stock)).to.be.closeTo(expectedTop.get(keyOf(stock))!.mean, 1e-9);
    }
    const expectedGains = byKey(expected);
    expect(gains).to.have.length(expectedGains.size);
    for (const gain of gains) {
      expect(gain.gain, keyOf(gain)).to.be.closeTo(expectedGains.get(keyOf(gain))!.gain, 1e-9);
    }
  });

  it('list the latest window first', async () => {
    const quotes = [0, 10_000, 20_000].map((offset) => ({
      symbol: 'A',
      latest_price: 1,
      eventTime: base + offset,
    }));
    const { top, gains } = await viewsOf(quotes, [1]);
    for (const listed of [top, gains]) {
      const ends = listed.map(({ windowEnd }) => windowEnd);
      expect(ends).to.deep.equal(ends.toSorted((a, b) => b - a));
    }
  });

  it('leave out windows that have not closed', async () => {
    const now = Date.now();
    const { top, gains } = await viewsOf([{ symbol: 'A', latest_price: 1, eventTime: now }], [15]);
    for (const { windowEnd } of [...top, ...gains]) expect(windowEnd).to.be.lessThan(Date.now());
    expect(top.length).to.be.at.most(1);
  });

  it('give equal means the same rank, whatever the order of addition', async () => {
    const prices = [0.1, 0.2, 0.3, 0.4, 0.7, 1.1];
    const quotes = prices.flatMap((price, i) => [
      { symbol: 'UP', latest_price: price, eventTime: base + i * 1_000 },
      { symbol: 'DOWN', latest_price: price, eventTime: base + (prices.length - i) * 1_000 },
      { symbol: 'LOW', latest_price: 0.01, eventTime: base + i * 1_000 },
    ]);
    const { top } = await viewsOf(quotes, [1]);
    const full = top.filter(({ windowEnd }) => windowEnd === base + 55_000);
    expect(full.map(({ symbol, rank }) => `${rank} ${symbol}`)).to.deep.equal([
      '1 DOWN',
      '1 UP',
      '3 LOW',
    ]);
  });

  it('use the lowest of quotes at one instant as first and the highest as last', async () => {
    const at = (eventTime: number, ...prices: number[]) =>
      prices.map((latest_price) => ({ symbol: 'A', latest_price, eventTime }));
    const quotes = [
      ...at(base, 10, 8, 12),
      ...at(base + 1_000, 100),
      ...at(base + 2_000, 9, 16, 10),
    ];
    const { gains } = await viewsOf(quotes, [1]);
    expect(gains.find(({ windowEnd }) => windowEnd === base + 55_000)?.gain).to.equal(100);
  });

  describe('of rows that are in the table', () => {
    interface Row {
      symbol: string;
      price: number;
      /** In seconds since the start of the window. */
      at: number;
    }

    /** The results of the views for the rows of one window of a minute. */
    async function viewsOfRows(rows: readonly Row[]) {
      const store = await Store.open(join(folder, `${++files}.duckdb`));
      const connection = await store.connect();
      for (const { symbol, price, at } of rows) {
        await connection.run(
          `INSERT INTO iex.quote (symbol, latest_price, window_end, event_time, resolution_minutes)
           VALUES ('${symbol}', ${price}, make_timestamptz(${(base + 55_000) * 1000}),
             make_timestamptz(${(base + 1000 * at) * 1000}), 1)`,
        );
      }
      const top = await rowsOf<TopStock>(connection, TOP_STOCKS);
      const gains = await rowsOf<Gain>(connection, GAINS);
      connection.closeSync();
      store.close();
      return { top, gains: gains.map(({ symbol, gain }) => ({ symbol, gain })) };
    }
    const ranks = (top: readonly TopStock[]) => top.map(({ rank, symbol }) => `${rank} ${symbol}`);

    it('count a repeated row once', async () => {
      const rows = [
        { symbol: 'A', price: 10, at: 0 },
        { symbol: 'A', price: 20, at: 10 },
        { symbol: 'B', price: 16, at: 0 },
        { symbol: 'B', price: 13, at: 10 },
      ];
      const once = await viewsOfRows(rows);
      expect(once.top.map(({ mean }) => mean)).to.deep.equal([15, 14.5]);
      // By the repeated row alone, B would have the higher mean.
      expect(await viewsOfRows([...rows, rows[2]!, rows[0]!, rows[0]!])).to.deep.equal(once);
    });

    it('count each of the quotes that differ in event time or in price', async () => {
      const { top } = await viewsOfRows([
        { symbol: 'A', price: 10, at: 0 },
        { symbol: 'A', price: 10, at: 10 },
        { symbol: 'A', price: 13, at: 10 },
      ]);
      expect(top.map(({ mean }) => mean)).to.deep.equal([11]);
    });

    it('have the same means and ranks in whatever order rows are added up', async () => {
      const random = pseudoRandom(7);
      const rows = ['A', 'B'].flatMap((symbol) =>
        Array.from({ length: 40 }, (_, at) => ({
          symbol,
          price: 10 ** (at % 9) * (1 + at / 7),
          at,
        })),
      );
      const first = await viewsOfRows(rows);
      expect(ranks(first.top)).to.deep.equal(['1 A', '1 B']);
      for (let shuffle = 0; shuffle < 5; shuffle++) {
        const shuffled = rows
          .map((row) => ({ row, key: random() }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row);
        expect((await viewsOfRows(shuffled)).top).to.deep.equal(first.top);
      }
    });

    it('rank small prices by their significant digits', async () => {
      const { top } = await viewsOfRows([
        { symbol: 'A', price: 1.0001e-7, at: 0 },
        { symbol: 'B', price: 1.0002e-7, at: 0 },
        { symbol: 'C', price: 4e-9, at: 0 },
        { symbol: 'D', price: 3e-9, at: 0 },
      ]);
      expect(ranks(top)).to.deep.equal(['1 B', '2 A', '3 C']);
    });

    it('give the mean of few quotes and the same mean of many one rank', async () => {
      // 10.04 / 3 and 50.2 / 15 differ as floating-point numbers.
      const prices = [3.34, 3.35, 3.35];
      const { top } = await viewsOfRows([
        ...prices.map((price, at) => ({ symbol: 'A', price, at })),
        ...Array.from({ length: 15 }, (_, at) => ({ symbol: 'B', price: prices[at % 3]!, at })),
        { symbol: 'C', price: 3.3466666666, at: 0 },
      ]);
      expect(ranks(top)).to.deep.equal(['1 A', '1 B', '3 C']);
    });

    it('give equal means one rank on both sides of a power of ten', async () => {
      // Ten times 0.1 as a sum of floating-point numbers is less than 1.
      const tenths = Array.from({ length: 10 }, (_, at) => ({ symbol: 'A', price: 0.1, at }));
      const { top } = await viewsOfRows([
        ...tenths,
        { symbol: 'B', price: 0.1, at: 0 },
        { symbol: 'C', price: 0.09999999999, at: 0 },
      ]);
      expect(ranks(top)).to.deep.equal(['1 A', '1 B', '3 C']);
    });

    it('have no infinite gain, and no error for prices that the pipeline refuses', async () => {
      const { top, gains } = await viewsOfRows([
        { symbol: 'A', price: 5e-324, at: 0 },
        { symbol: 'A', price: 100, at: 10 },
        { symbol: 'B', price: 0, at: 0 },
        { symbol: 'B', price: 0, at: 10 },
      ]);
      expect(ranks(top)).to.deep.equal(['1 A', '2 B']);
      expect(gains).to.have.deep.members([
        { symbol: 'A', gain: null },
        { symbol: 'B', gain: null },
      ]);
    });
  });

  it('have no gain for a single quote', async () => {
    const { gains } = await viewsOf([{ symbol: 'A', latest_price: 5, eventTime: base }], [1]);
    expect(new Set(gains.map(({ gain }) => gain))).to.deep.equal(new Set([0]));
  });
});

/**
 * A linear congruential generator (Numerical Recipes' constants), so that every run sees the same
 * quotes.
 */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
