import { expect } from 'chai';
import { type Dashboard, startDashboard } from 'iex-dashboard/server/server';
import { untilTrue } from 'iex-test/support/until';
import { FakeMarketData } from './fake-market-data.js';

const MINUTE_MS = 60_000;

describe('the server of the dashboard', () => {
  const { setInterval } = globalThis;
  let dashboard: Dashboard | undefined;

  afterEach(() => dashboard?.close());

  it('reads nothing while nobody looks, because a query of BigQuery costs money', async () => {
    const marketData = new FakeMarketData();
    const looks: (() => void)[] = [];
    const look = () => {
      for (const callback of looks) callback();
    };
    globalThis.setInterval = ((callback: () => void) => looks.push(callback)) as never;
    try {
      dashboard = await startDashboard({
        ...{ marketData, source: 'a test', resolutions: [1], port: 0, healthIntervalMs: 1000 },
        // A window has closed at each look.
        now: () => Date.now() + marketData.calls.length * MINUTE_MS,
      });
    } finally {
      globalThis.setInterval = setInterval;
    }
    look();
    expect(marketData.calls).to.deep.equal([]);

    const leaving = new AbortController();
    await fetch(`${dashboard.url}/api/events`, { signal: leaving.signal });
    await untilTrue(() => marketData.calls.length > 0);
    const first = marketData.calls.length;
    await untilTrue(() => {
      look();
      return marketData.calls.length > first;
    });
    leaving.abort();
  });
});
