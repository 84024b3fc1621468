import { expect } from 'chai';
import { readHealth } from 'iex-dashboard/server/health';
import { FakeMarketData } from './fake-market-data.js';

const END = Date.parse('2026-11-22T14:00:05Z');
const RESOLUTIONS = [1, 5, 15];
const SHORTEST = { resolutionMinutes: 1, windowEnd: END, stocks: [] };

describe('readHealth', () => {
  let marketData: FakeMarketData;

  beforeEach(() => {
    marketData = new FakeMarketData();
    marketData.newestQuote = END - 1000;
    marketData.quotesInWindow = 120;
  });

  it('takes rates and totals from the source that counts them', async () => {
    const source = {
      health: () => ({ quotesPerSecond: 3, rowsPerSecond: 378, quotes: 1000, rows: 126_000 }),
    };
    const health = await readHealth(marketData, RESOLUTIONS, [SHORTEST], source, END + 1);
    expect(health).to.deep.equal({
      time: END + 1,
      quotesPerSecond: 3,
      rowsPerSecond: 378,
      notice: null,
      quotes: 1000,
      rows: 126_000,
      newestQuote: END - 1000,
      newestWindowEnd: END,
      deadLetters: { lastDay: 0, lastHour: 0, newest: [] },
    });
  });

  it('passes on why no quotes arrive, until they do', async () => {
    const throughput = { quotesPerSecond: 0, rowsPerSecond: 0, quotes: 0, rows: 0 };
    const read = (notice: string | null) => {
      const source = { health: () => ({ ...throughput, notice }) };
      return readHealth(marketData, RESOLUTIONS, [SHORTEST], source, END + 1);
    };
    expect(await read('the API is unreachable')).to.include({ notice: 'the API is unreachable' });
    expect(await read(null)).to.include({ notice: null });
  });

  it('takes rates from the latest window if no source counts them', async () => {
    const health = await readHealth(marketData, RESOLUTIONS, [SHORTEST], undefined, END + 1);
    // 120 quotes in a minute, each in 6 + 30 + 90 windows.
    expect(health).to.include({ quotesPerSecond: 2, rowsPerSecond: 252, quotes: null, rows: null });
  });

  it('takes rates from the shortest resolution, and the newest end of any', async () => {
    const longer = { resolutionMinutes: 5, windowEnd: END + 10_000, stocks: [] };
    const windows = [longer, SHORTEST, { ...longer, resolutionMinutes: 15, windowEnd: END }];
    const health = await readHealth(marketData, RESOLUTIONS, windows, undefined, END + 10_001);
    expect(marketData.calls).to.include(`activity 1 ${END}`);
    expect(health).to.include({ quotesPerSecond: 2, newestWindowEnd: END + 10_000 });
  });

  it('has rates of zero if the latest window ended more than its length ago', async () => {
    const later = END + 60_000;
    const health = await readHealth(marketData, RESOLUTIONS, [SHORTEST], undefined, later);
    expect(health).to.include({ quotesPerSecond: 0, rowsPerSecond: 0 });
  });

  it('finds the newest quote in an open window before the first has closed', async () => {
    const time = END + 3000;
    const health = await readHealth(marketData, RESOLUTIONS, [], undefined, time);
    expect(marketData.calls).to.include(`activity 1 ${END}`);
    expect(health).to.include({ newestQuote: END - 1000, newestWindowEnd: null });
  });

  it('has no newest quote if none has arrived', async () => {
    marketData.newestQuote = undefined;
    const health = await readHealth(marketData, RESOLUTIONS, [SHORTEST], undefined, END + 1);
    expect(health).to.include({ newestQuote: null, quotesPerSecond: 0 });
  });
});
