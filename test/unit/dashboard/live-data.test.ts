import { expect } from 'chai';
import { type Listener, LiveData } from 'iex-dashboard/server/live-data';
import { FakeMarketData } from './fake-market-data.js';

const END = Date.parse('2026-11-22T14:00:05Z');
const PERIOD = 10_000;
const SETTLE = 500;

describe('LiveData', () => {
  let marketData: FakeMarketData;
  let now: number;
  let live: LiveData;
  let events: [string, unknown][];
  const listener: Listener = (name, data) => events.push([name, data]);

  beforeEach(() => {
    marketData = new FakeMarketData();
    marketData.windowEnd = END;
    now = END + SETTLE + 1;
    events = [];
    live = new LiveData({
      marketData,
      source: 'a test',
      resolutions: [1, 5],
      settleMs: SETTLE,
      now: () => now,
    });
  });

  /** Lets the next window close. */
  function closeWindow(): void {
    now += PERIOD;
    marketData.windowEnd = (marketData.windowEnd ?? END) + PERIOD;
  }

  async function subscribe(): Promise<() => void> {
    const unsubscribe = live.subscribe(listener);
    await live.state();
    await Promise.resolve();
    return unsubscribe;
  }

  it('reads nothing before it is asked', () => {
    expect(marketData.calls).to.deep.equal([]);
  });

  it('reads everything once for a window, for any number of listeners', async () => {
    const states = await Promise.all([live.state(), live.state(), live.state()]);
    await live.state();
    expect(marketData.calls).to.have.members([
      'window 1',
      'window 5',
      `trends 1 ${END}`,
      `activity 1 ${END}`,
      'dead letters',
    ]);
    expect(states[0].windows.map(({ resolutionMinutes }) => resolutionMinutes)).to.eql([1, 5]);
  });

  it('reads again once the next window has closed and settled', async () => {
    await live.state();
    const calls = marketData.calls.length;
    closeWindow();
    now -= 1;
    await live.state();
    expect(marketData.calls).to.have.length(calls);
    now += 1;
    const state = await live.state();
    expect(marketData.calls).to.have.length(2 * calls);
    expect(state.windows[0]?.windowEnd).to.equal(END + PERIOD);
  });

  it('sends a late listener the present state first, without reading', async () => {
    await live.state();
    const calls = marketData.calls.length;
    await subscribe();
    expect(events).to.deep.equal([['state', await live.state()]]);
    expect(marketData.calls).to.have.length(calls);
  });

  it('sends listeners the changes of a new window', async () => {
    await subscribe();
    events = [];
    closeWindow();
    await live.refresh();
    expect(events.map(([name]) => name)).to.have.members(['window', 'window', 'trends', 'health']);
  });

  it('is watched while there are listeners', async () => {
    expect(live.watched).to.equal(false);
    const unsubscribe = await subscribe();
    expect(live.watched).to.equal(true);
    unsubscribe();
    expect(live.watched).to.equal(false);
  });

  it('sends nothing to a listener that has left, even before the first result', async () => {
    live.subscribe(listener)();
    await live.state();
    closeWindow();
    await live.refresh();
    expect(events).to.deep.equal([]);
    expect(live.watched).to.equal(false);
  });

  it('has no window and requests no trends before one has closed', async () => {
    marketData.windowEnd = undefined;
    const state = await live.state();
    expect(state.windows).to.deep.equal([]);
    expect(state.health).to.include({ newestQuote: null, newestWindowEnd: null });
    expect(marketData.calls.join()).to.not.include('trends');
  });

  it('does not read the health twice at a time, and is idle when it has', async () => {
    await live.state();
    marketData.calls.length = 0;
    void live.refreshHealth();
    void live.refreshHealth();
    await live.idle();
    expect(marketData.calls).to.have.members([`activity 1 ${END}`, 'dead letters']);
    await live.refreshHealth();
    expect(marketData.calls).to.have.length(4);
  });

  describe('when the data cannot be read', () => {
    it('keeps its data, says why, and reads again with the next window', async () => {
      await subscribe();
      marketData.failure = new Error('quota exceeded');
      closeWindow();
      events = [];
      const failed = await live.state();
      expect(failed.problem).to.equal('quota exceeded');
      expect(failed.windows).to.have.length(2);
      expect(events).to.deep.equal([['problem', 'quota exceeded']]);

      const calls = marketData.calls.length;
      await live.state();
      expect(marketData.calls).to.have.length(calls);

      marketData.failure = undefined;
      closeWindow();
      expect((await live.state()).problem).to.equal(null);
      expect(events.at(-1)).to.deep.equal(['problem', null]);
    });

    it('is silent about it between windows', async () => {
      await live.state();
      marketData.failure = new Error('quota exceeded');
      await live.refreshHealth();
      expect((await live.state()).problem).to.equal(null);
    });
  });

  describe('prices of a stock', () => {
    it('go twelve windows back and are read once for a window', async () => {
      await live.state();
      marketData.calls.length = 0;
      await Promise.all([live.prices(5, 'A'), live.prices(5, 'A')]);
      await live.prices(1, 'A');
      expect(marketData.calls).to.deep.equal([
        `prices 1 A ${END - 60 * 60_000}`,
        `prices 1 A ${END - 12 * 60_000}`,
      ]);
      closeWindow();
      await live.state();
      marketData.calls.length = 0;
      await live.prices(5, 'A');
      expect(marketData.calls).to.have.length(1);
    });

    it('are asked for again after a failure', async () => {
      await live.state();
      marketData.failure = new Error('quota exceeded');
      const failed = await live.prices(1, 'A').catch((error: Error) => error.message);
      expect(failed).to.equal('quota exceeded');
      marketData.failure = undefined;
      expect(await live.prices(1, 'A')).to.have.length(1);
    });

    it('are empty before a window has closed', async () => {
      marketData.windowEnd = undefined;
      await live.state();
      expect(await live.prices(1, 'A')).to.deep.equal([]);
    });
  });
});
