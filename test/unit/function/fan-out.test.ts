import { expect } from 'chai';
import fc from 'fast-check';
import { FanOutError, handleAlarm } from 'iex-function/fan-out';
import type { OutgoingMessage } from 'iex-function/publisher';
import { cloudEvent, cloudEventOfText, type EventOptions, PUBLISH_TIME } from './events.js';
import { recordingLogger, recordingPublisher } from './recorder.js';
import { rejection } from './rejection.js';

interface Setup {
  readonly tickersPerMessage?: number;
  /** Age of the alarm when it is handled, in ms. */
  readonly ageMs?: number;
  readonly failure?: (message: OutgoingMessage) => Error | undefined;
}

function createWorld({ tickersPerMessage = 1, ageMs = 0, failure = () => undefined }: Setup = {}) {
  const { log, entries } = recordingLogger();
  const { publisher, published } = recordingPublisher(failure);
  const wallTime = () => PUBLISH_TIME + ageMs;
  const handle = (event: unknown) =>
    handleAlarm(event, { publisher, tickersPerMessage, wallTime, log, project: 'p' });
  return {
    entries,
    published,
    handle,
    alarm: (json: unknown, options?: EventOptions) => handle(cloudEvent(json, options)),
    payloads: () => published.map(({ json }) => json),
  };
}

describe('handleAlarm', () => {
  it("publishes one message for each ticker, with the alarm's id", async () => {
    const world = createWorld();
    await world.alarm({ tickers: ['AAPL', 'MSFT'] }, { messageId: '5' });
    expect(world.published).to.deep.equal([
      { json: { ticker: 'AAPL' }, attributes: { tick_id: '5' } },
      { json: { ticker: 'MSFT' }, attributes: { tick_id: '5' } },
    ]);
    expect(world.entries).to.have.length(1);
    expect(world.entries[0]).to.include({ severity: 'INFO', tick: '5', tickers: 2, messages: 2 });
  });

  it('accepts an alarm for a single ticker', async () => {
    const world = createWorld();
    await world.alarm({ ticker: 'AAPL' });
    expect(world.payloads()).to.deep.equal([{ ticker: 'AAPL' }]);
  });

  it('puts the configured number of tickers into a message, the rest into the last', async () => {
    const world = createWorld({ tickersPerMessage: 2 });
    await world.alarm({ tickers: ['A', 'B', 'C', 'D', 'E'] });
    expect(world.payloads()).to.deep.equal([
      { tickers: ['A', 'B'] },
      { tickers: ['C', 'D'] },
      { ticker: 'E' },
    ]);
  });

  it('reports duplicates and malformed tickers, and continues with the rest', async () => {
    const world = createWorld();
    await world.alarm({ tickers: ['A', '', 'B', 'A', 7, 'B'] });
    expect(world.payloads()).to.deep.equal([{ ticker: 'A' }, { ticker: 'B' }]);
    expect(world.entries[0]).to.deep.include({
      severity: 'WARNING',
      tick: '77',
      duplicates: 2,
      malformed: 2,
      symbols: ['A', 'B'],
    });
  });

  it('loses no ticker of ten thousand', async () => {
    const world = createWorld();
    const tickers = Array.from({ length: 10_000 }, (_, index) => `T${index}`);
    await world.alarm({ tickers });
    expect(world.payloads()).to.deep.equal(tickers.map((ticker) => ({ ticker })));
  });

  it('has at most five thousand messages under way at a time', async () => {
    const settle: (() => void)[] = [];
    let most = 0;
    let published = 0;
    const publisher = {
      async publish() {
        await new Promise<void>((resolve) => {
          settle.push(resolve);
        });
        published++;
      },
    };
    const { log } = recordingLogger();
    const tickers = Array.from({ length: 12_000 }, (_, index) => `T${index}`);
    const parts = { publisher, tickersPerMessage: 1, wallTime: () => PUBLISH_TIME, log };
    const handled = handleAlarm(cloudEvent({ tickers }), { ...parts, project: undefined });
    while (published < tickers.length) {
      most = Math.max(most, settle.length);
      for (const resolve of settle.splice(0)) resolve();
      await new Promise(setImmediate);
    }
    await handled;
    expect(most).to.equal(5_000);
  });

  it('fails if a message could not be published, so that the alarm is delivered again', async () => {
    const failure = new Error('no such topic');
    const world = createWorld({
      failure: ({ json }) => ('ticker' in (json as object) ? failure : undefined),
    });
    const error = await rejection(world.alarm({ tickers: ['A', 'B'] }));
    expect(error).to.be.instanceOf(FanOutError).with.property('cause', failure);
    expect(error).to.have.property('message').that.contains('0 of 2').and.contains('no such topic');
  });

  it('drops an alarm that is older than a minute, and says so', async () => {
    const world = createWorld({ ageMs: 60_000 });
    await world.alarm({ tickers: ['A'] });
    expect(world.published).to.deep.equal([]);
    expect(world.entries[0]).to.include({ severity: 'WARNING', age_ms: 60_000 });
    const fresh = createWorld({ ageMs: 59_999 });
    await fresh.alarm({ tickers: ['A'] });
    expect(fresh.published).to.have.length(1);
  });

  for (const [what, event] of Object.entries({
    'no event': undefined,
    'data that is not JSON': cloudEventOfText('{'),
    'a list that is empty': cloudEvent({ tickers: [] }),
    'a list without one good ticker': cloudEvent({ tickers: ['', null] }),
  })) {
    it(`logs and acknowledges ${what}`, async () => {
      const world = createWorld();
      await world.handle(event);
      expect(world.published).to.deep.equal([]);
      expect(world.entries).to.have.length(1);
      expect(world.entries[0]).to.include({ severity: 'ERROR' });
    });
  }

  it('survives any event', async () => {
    const event = fc.oneof(
      fc.jsonValue().map((json) => cloudEvent(json)),
      fc.record({ tickers: fc.array(fc.jsonValue()) }).map((json) => cloudEvent(json)),
      fc.anything(),
    );
    await fc.assert(fc.asyncProperty(event, (given) => createWorld().handle(given)));
  });
});
