import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { newestClosedWindowEnd } from 'iex-contract';
import { DuckDbMarketData } from 'iex-dashboard/market-data/duckdb';
import { Store } from 'iex-local/store/store';
import { storeDeadLetters, storeQuotes } from './quote-rows.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('DuckDbMarketData', () => {
  let folder: string;
  let store: Store;
  let marketData: DuckDbMarketData;
  /** The end of the newest closed window. */
  let end: number;
  let now: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'iex-market-data-'));
    store = await Store.open(join(folder, 'iex.duckdb'));
    end = newestClosedWindowEnd(Date.now() - MINUTE);
    // Before the database's clock, by which the views decide which windows are closed.
    now = end + SECOND;
    marketData = new DuckDbMarketData(await store.connect(), () => now);
  });

  afterEach(async () => {
    marketData.close();
    store.close();
    await rm(folder, { recursive: true });
  });

  describe('before the first quote', () => {
    it('has no window, no activity and no dead letter', async () => {
      expect(await marketData.latestRanking(1)).to.equal(undefined);
      expect(await marketData.latestWindow(15)).to.equal(undefined);
      expect(await marketData.activity(1, end)).to.equal(undefined);
      expect(await marketData.prices(1, 'AAPL', 0)).to.deep.equal([]);
      expect((await marketData.trends(1, end)).prices).to.deep.equal({});
      expect(await marketData.deadLetters()).to.deep.equal({ lastDay: 0, lastHour: 0, newest: [] });
    });
  });

  describe('the latest window', () => {
    it('has every stock with last price and gain, and mean price and ranks for the top three', async () => {
      await storeQuotes(store, [
        { symbol: 'A', price: 10, time: end - 8 * SECOND },
        { symbol: 'A', price: 11, time: end - 7 * SECOND },
        { symbol: 'B', price: 40, time: end - 7 * SECOND },
        { symbol: 'C', price: 30, time: end - 7 * SECOND },
        { symbol: 'D', price: 20, time: end - 7 * SECOND },
      ]);
      expect(await marketData.latestWindow(1)).to.deep.equal({
        resolutionMinutes: 1,
        windowEnd: end,
        stocks: [
          stock({ symbol: 'A', price: 11, percentageGain: 10 }),
          stock({ symbol: 'B', price: 40, meanPrice: 40, rank: 1 }),
          stock({ symbol: 'C', price: 30, meanPrice: 30, rank: 2 }),
          stock({ symbol: 'D', price: 20, meanPrice: 20, rank: 3 }),
        ],
      });
    });

    it('has the ranks of the previous window', async () => {
      await storeQuotes(store, [
        { symbol: 'A', price: 10, time: end - 20 * SECOND },
        { symbol: 'B', price: 20, time: end - 20 * SECOND },
        { symbol: 'A', price: 90, time: end - SECOND },
      ]);
      const stocks = (await marketData.latestWindow(1))?.stocks ?? [];
      expect(stocks.map(({ symbol, rank, previousRank }) => [symbol, rank, previousRank])).to.eql([
        ['A', 1, 2],
        ['B', 2, 1],
      ]);
    });

    it('has no gain if the first price is zero', async () => {
      await storeQuotes(store, [{ symbol: 'A', price: 0, time: end - SECOND }]);
      expect((await marketData.latestWindow(1))?.stocks[0]?.percentageGain).to.equal(null);
    });

    it('is not one that is still open', async () => {
      await storeQuotes(store, [{ symbol: 'A', price: 1, time: end + SECOND }]);
      expect(await marketData.latestWindow(1)).to.equal(undefined);
      now = end + 10 * SECOND;
      expect(await marketData.latestWindow(1)).to.equal(undefined);
      now += 1;
      expect((await marketData.latestWindow(1))?.windowEnd).to.equal(end + 10 * SECOND);
    });

    for (const [name, age] of Object.entries({
      '5 minutes': 5 * MINUTE,
      '3 hours': 3 * HOUR,
      '2 days': 48 * HOUR,
      '13 years': 13 * 365 * 24 * HOUR,
    })) {
      it(`is found if the last quote arrived ${name} ago`, async () => {
        await storeQuotes(store, [{ symbol: 'A', price: 1, time: end - age - SECOND }]);
        // A quote's last window of a minute ends less than a minute after it.
        expect((await marketData.latestWindow(1))?.windowEnd).to.equal(end - age + 50 * SECOND);
        // And again, now that it is known.
        expect((await marketData.latestWindow(1))?.windowEnd).to.equal(end - age + 50 * SECOND);
      });
    }

    it('is another one as soon as quotes flow again', async () => {
      await storeQuotes(store, [{ symbol: 'A', price: 1, time: end - 3 * HOUR }]);
      await marketData.latestWindow(1);
      await storeQuotes(store, [{ symbol: 'A', price: 2, time: end - SECOND }]);
      const window = await marketData.latestWindow(1);
      expect(window?.windowEnd).to.equal(end);
      expect(window?.stocks[0]?.price).to.equal(2);
    });
  });

  describe('the latest ranking', () => {
    it('has the top three in order, and more if means are equal', async () => {
      await storeQuotes(
        store,
        [20, 30, 40, 20, 10].map((price, i) => ({ symbol: `S${i}`, price, time: end - SECOND })),
      );
      const ranking = await marketData.latestRanking(5);
      expect(ranking?.windowEnd).to.equal(end);
      expect(ranking?.stocks).to.deep.equal([
        { rank: 1, symbol: 'S2', meanPrice: 40, percentageGain: 0 },
        { rank: 2, symbol: 'S1', meanPrice: 30, percentageGain: 0 },
        { rank: 3, symbol: 'S0', meanPrice: 20, percentageGain: 0 },
        { rank: 3, symbol: 'S3', meanPrice: 20, percentageGain: 0 },
      ]);
    });
  });

  describe('trends', () => {
    it('have the last price at each of their times, and none if there was no quote', async () => {
      await storeQuotes(store, [
        { symbol: '__proto__', price: 1, time: end - 35 * SECOND },
        { symbol: '__proto__', price: 2, time: end - 31 * SECOND },
        { symbol: '__proto__', price: 3, time: end - SECOND },
        { symbol: 'B', price: 9, time: end - 14 * MINUTE - SECOND },
      ]);
      const { times, prices } = await marketData.trends(1, end);
      expect(times).to.have.length(31);
      expect([times[0], times[30]]).to.deep.equal([end - 15 * MINUTE, end]);
      expect(Object.keys(prices)).to.have.members(['__proto__', 'B']);
      const ofFirst = Object.entries(prices).find(([symbol]) => symbol === '__proto__')?.[1];
      expect(ofFirst?.slice(-3)).to.deep.equal([null, 2, 3]);
      expect(prices.B?.slice(0, 5)).to.deep.equal([null, null, 9, 9, null]);
    });
  });

  describe('prices', () => {
    it('are those of one stock since a time, each once, and the highest of an instant', async () => {
      await storeQuotes(store, [
        { symbol: 'A', price: 1, time: end - 61 * SECOND },
        { symbol: 'A', price: 2, time: end - 60 * SECOND },
        { symbol: 'A', price: 3, time: end - SECOND },
        { symbol: 'A', price: 4, time: end - SECOND },
        { symbol: "A'; --", price: 5, time: end - SECOND },
      ]);
      expect(await marketData.prices(1, 'A', end - 60 * SECOND)).to.deep.equal([
        { time: end - 60 * SECOND, price: 2 },
        { time: end - SECOND, price: 4 },
      ]);
      expect(await marketData.prices(1, "A'; --", end - MINUTE)).to.have.length(1);
    });
  });

  describe('activity', () => {
    it('is the newest quote, also of an open window, and the quotes of the window', async () => {
      await storeQuotes(store, [
        { symbol: 'A', price: 1, time: end - MINUTE - SECOND },
        { symbol: 'A', price: 1, time: end - MINUTE },
        { symbol: 'A', price: 1, time: end - SECOND },
        { symbol: 'A', price: 1, time: end },
      ]);
      // The row of a repeated delivery.
      await storeQuotes(store, [{ symbol: 'A', price: 1, time: end - SECOND }]);
      expect(await marketData.activity(1, end)).to.deep.equal({
        newestQuote: end,
        quotesInWindow: 2,
      });
    });
  });

  describe('dead letters', () => {
    it('are counted by hour and day, and the newest come first', async () => {
      await storeDeadLetters(store, [
        { payload: 'too old', time: now - 24 * HOUR - 1 },
        { payload: 'yesterday', time: now - 24 * HOUR },
        { payload: 'an hour ago', time: now - HOUR },
        { payload: 'now', time: now },
      ]);
      const { lastDay, lastHour, newest } = await marketData.deadLetters();
      expect([lastDay, lastHour]).to.deep.equal([3, 2]);
      expect(newest.map(({ payload }) => payload)).to.eql(['now', 'an hour ago', 'yesterday']);
      expect(newest[0]).to.deep.equal({
        payload: 'now',
        reason: 'not JSON',
        stage: 'parse',
        time: now,
        count: 1,
      });
    });

    it('are listed once if they are identical', async () => {
      await storeDeadLetters(store, [
        { payload: 'again', time: now - HOUR - 1 },
        { payload: 'other', time: now - 2 * SECOND },
        { payload: 'again', time: now - SECOND },
      ]);
      const { lastDay, lastHour, newest } = await marketData.deadLetters();
      expect([lastDay, lastHour]).to.deep.equal([3, 2]);
      expect(newest.map(({ payload, time, count }) => [payload, now - time, count])).to.eql([
        ['again', SECOND, 2],
        ['other', 2 * SECOND, 1],
      ]);
    });

    it('are listed up to the twentieth, with long payloads cut off', async () => {
      const payload = (i: number) => `${i} `.padEnd(5000, 'x');
      const many = Array.from({ length: 25 }, (_, i) => ({ payload: payload(i), time: now - i }));
      await storeDeadLetters(store, many);
      const { lastDay, newest } = await marketData.deadLetters();
      expect(lastDay).to.equal(25);
      expect(newest).to.have.length(20);
      expect(newest[0]?.payload).to.have.length(2000);
    });
  });
});

/** A stock of a window, by default beyond the top three of a first window. */
function stock(values: { symbol: string; price: number } & Record<string, unknown>) {
  return { percentageGain: 0, meanPrice: null, rank: null, previousRank: null, ...values };
}
