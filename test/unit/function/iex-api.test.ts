import { expect } from 'chai';
import fc from 'fast-check';
import { createQuoteClient } from 'iex-function/fetch-quotes';
import type { HttpGet, HttpResponse } from 'iex-function/http';
import { handleTick } from 'iex-function/iex-api';
import type { LogLevel } from 'iex-function/log';
import type { OutgoingMessage } from 'iex-function/publisher';
import { finnhub } from 'iex-function/quote-sources/finnhub';
import { iex } from 'iex-function/quote-sources/iex';
import type { QuoteSource } from 'iex-function/quote-sources/source';
import { anyText } from 'iex-test/support/any-text';
import { FakeClock } from 'iex-test/support/fake-clock';
import { cloudEvent, cloudEventOfText, type EventOptions, PUBLISH_TIME } from './events.js';
import { recordingLogger, recordingPublisher } from './recorder.js';

const TOKEN = 's3cret-token';

/** The API's response to a request for some symbols. */
type Reply = (symbols: readonly string[], at: number) => Promise<Partial<HttpResponse>>;

interface Setup {
  /** Age of the tick when it is handled, in ms. */
  readonly ageMs?: number;
  readonly source?: QuoteSource;
  readonly reply?: Reply;
  readonly failure?: (message: OutgoingMessage) => Error | undefined;
  readonly level?: LogLevel;
}

/** The environment of one tick, on a clock that is advanced by hand. */
function createWorld({
  ageMs = 0,
  source = iex,
  reply,
  failure = () => undefined,
  level = 'info',
}: Setup = {}) {
  const clock = new FakeClock(PUBLISH_TIME + ageMs, 5_000);
  const { log, entries } = recordingLogger(level, [TOKEN]);
  const { publisher, published } = recordingPublisher(failure);
  /** When requests were sent (ms after the publish time), and for which symbols. */
  const requests: { at: number; symbols: readonly string[] }[] = [];

  const get: HttpGet = async ({ url }) => {
    const at = clock.wallTime() - PUBLISH_TIME;
    const single =
      /\/stock\/([^/]+)\/quote/.exec(url.pathname)?.[1] ?? url.searchParams.get('symbol');
    const symbols = single ? [single] : (url.searchParams.get('symbols') ?? '').split(',');
    requests.push({ at, symbols });
    const quote = { latestPrice: 100, c: 100, t: 1 };
    const body = single
      ? JSON.stringify(quote)
      : JSON.stringify(Object.fromEntries(symbols.map((symbol) => [symbol, { quote }])));
    return { status: 200, retryAfter: null, body, ...(await reply?.(symbols, at)) };
  };
  const access = { baseUrl: new URL('http://quotes'), token: TOKEN };
  const quotes = createQuoteClient({ source, access, get, clock, random: () => 0 });
  const parts = { quotes, publisher, log, project: 'p' };
  return {
    clock,
    entries,
    published,
    requests,
    handle: (event: unknown) => clock.run(handleTick(event, parts)),
    tick: (json: unknown, options?: EventOptions) =>
      clock.run(handleTick(cloudEvent(json, options), parts)),
    ids: () => published.map(({ attributes }) => attributes.quote_id),
    summary: () => entries.at(-1) ?? {},
  };
}

describe('handleTick', () => {
  it('publishes a quote of the ticker in each of six slots', async () => {
    const world = createWorld();
    await world.tick({ ticker: 'AAPL' });
    expect(world.requests.map(({ at }) => at)).to.deep.equal([
      0, 10_000, 20_000, 30_000, 40_000, 50_000,
    ]);
    expect(world.published[1]).to.deep.equal({
      json: { symbol: 'AAPL', latest_price: 100, event_time: '2026-11-22T09:00:10.000Z' },
      attributes: { quote_id: '77/AAPL/1' },
    });
    expect(world.ids()).to.deep.equal([0, 1, 2, 3, 4, 5].map((slot) => `77/AAPL/${slot}`));
  });

  it('does not drift, however long responses take', async () => {
    const world = createWorld({
      reply: async (_symbols, at) => {
        await world.clock.sleep(1_000 + at / 20);
        return {};
      },
    });
    await world.tick({ ticker: 'AAPL' });
    expect(world.requests.map(({ at }) => at)).to.deep.equal([
      0, 10_000, 20_000, 30_000, 40_000, 50_000,
    ]);
  });

  it('dates a quote by the arrival of its response', async () => {
    const world = createWorld({
      reply: async () => {
        await world.clock.sleep(1_234);
        return {};
      },
    });
    await world.tick({ ticker: 'AAPL' });
    expect(world.published[0]?.json).to.include({ event_time: '2026-11-22T09:00:01.234Z' });
  });

  it('is not affected by a wall clock that is set in the meantime', async () => {
    const world = createWorld({
      reply: async (_symbols, at) => {
        if (at === 10_000) world.clock.setWall(0);
        return {};
      },
    });
    await world.tick({ ticker: 'AAPL' });
    expect(
      world.published.map(({ json }) => (json as { event_time: string }).event_time),
    ).to.include('2026-11-22T09:00:50.000Z');
    expect(world.published).to.have.length(6);
  });

  it('never lets a request outlive its slot', async () => {
    const world = createWorld({ reply: () => new Promise(() => {}) });
    await world.tick({ ticker: 'AAPL' });
    expect(world.clock.wallTime() - PUBLISH_TIME).to.equal(60_000);
    expect(world.summary()).to.deep.include({ published: 0, missed_by_reason: { timeout: 6 } });
  });

  it('ends with one line that summarizes the tick', async () => {
    const world = createWorld({
      reply: async () => {
        await world.clock.sleep(30);
        return {};
      },
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await world.tick({ tickers: ['A', 'B'] }, { traceparent });
    expect(world.entries).to.deep.equal([
      {
        severity: 'INFO',
        message: 'published 12 of 12 quotes',
        tick: '77',
        'logging.googleapis.com/trace': 'projects/p/traces/0af7651916cd43dd8448eb211c80319c',
        'logging.googleapis.com/spanId': 'b7ad6b7169203331',
        published: 12,
        missed: 0,
        missed_by_reason: {},
        latency_ms: { p50: 30, max: 30 },
        slot_lag_ms: { p50: 0, max: 0 },
      },
    ]);
  });

  it('logs every quote at level debug', async () => {
    const world = createWorld({ ageMs: 50_000, level: 'debug' });
    await world.tick({ tickers: ['A', 'B'] });
    const quotes = world.entries.filter(({ severity }) => severity === 'DEBUG');
    expect(quotes.map(({ symbol, slot }) => [symbol, slot])).to.deep.equal([
      ['A', 5],
      ['B', 5],
    ]);
  });

  describe('handled late', () => {
    it('takes the current slot at once, skips past ones, and takes the others in time', async () => {
      const world = createWorld({ ageMs: 23_456 });
      await world.tick({ ticker: 'AAPL' });
      expect(world.requests.map(({ at }) => at)).to.deep.equal([23_456, 30_000, 40_000, 50_000]);
      expect(world.ids()).to.deep.equal([2, 3, 4, 5].map((slot) => `77/AAPL/${slot}`));
      expect(world.summary()).to.deep.include({ published: 4, missed_by_reason: { late: 2 } });
    });

    it('is dropped with a line of log when all slots are past', async () => {
      const world = createWorld({ ageMs: 60_000 });
      await world.tick({ ticker: 'AAPL' });
      expect(world.requests).to.deep.equal([]);
      expect(world.entries).to.have.length(1);
      expect(world.entries[0]).to.include({ severity: 'WARNING', tick: '77', age_ms: 60_000 });
    });

    it('counts from now if the publish time is in the future', async () => {
      const world = createWorld({ ageMs: -5_000 });
      await world.tick({ ticker: 'AAPL' });
      expect(world.requests.map(({ at }) => at)).to.deep.equal([
        -5_000, 5_000, 15_000, 25_000, 35_000, 45_000,
      ]);
    });
  });

  it('gives the same ids to a tick that is delivered again', async () => {
    const [first, second] = [createWorld(), createWorld({ ageMs: 12_000 })];
    await first.tick({ tickers: ['A', 'B'] });
    await second.tick({ tickers: ['A', 'B'] });
    expect(first.ids()).to.include.members(second.ids());
    expect(second.ids()).to.have.length(10);
  });

  it("makes its ids from the alarm's id if the message has it", async () => {
    const world = createWorld();
    await world.tick({ ticker: 'AAPL' }, { messageId: '9', attributes: { tick_id: '3' } });
    expect(world.ids()[0]).to.equal('3/AAPL/0');

    const nameless = createWorld();
    await nameless.tick({ ticker: 'AAPL' }, { messageId: '9', attributes: { tick_id: '' } });
    expect(nameless.ids()[0]).to.equal('9/AAPL/0');
  });

  describe('with a batch', () => {
    const tickers = Array.from({ length: 250 }, (_, index) => `T${index}`);

    it("makes one request for each chunk of the source's limit", async () => {
      const world = createWorld();
      await world.tick({ tickers });
      expect(world.requests.map(({ symbols }) => symbols.length).slice(0, 3)).to.have.members([
        100, 100, 50,
      ]);
      expect(world.requests).to.have.length(18);
      expect(new Set(world.ids()).size).to.equal(1_500);
    });

    it('keeps the requests that are under way at a time bounded', async () => {
      let running = 0;
      let most = 0;
      const world = createWorld({
        source: finnhub,
        reply: async () => {
          most = Math.max(most, ++running);
          await world.clock.sleep(50);
          running--;
          return {};
        },
      });
      await world.tick({ tickers });
      expect(most).to.equal(20);
      expect(world.published).to.have.length(1_500);
    });

    it('publishes quotes that have arrived without waiting for the others', async () => {
      const world = createWorld({
        source: finnhub,
        reply: ([symbol]) => (symbol === 'T0' ? new Promise(() => {}) : Promise.resolve({})),
      });
      await world.tick({ tickers: ['T0', 'T1'] });
      expect(world.published[0]?.json).to.deep.equal({
        symbol: 'T1',
        latest_price: 100,
        event_time: '2026-11-22T09:00:00.000Z',
      });
      expect(world.published).to.have.length(6);
    });
  });

  describe('in case of a bad response', () => {
    it('misses that quote, says so, and continues', async () => {
      const world = createWorld({
        reply: async (_symbols, at) => (at === 20_000 ? { body: '<html>' } : {}),
      });
      await world.tick({ ticker: 'AAPL' });
      expect(world.published).to.have.length(5);
      expect(world.entries[0]).to.include({
        severity: 'WARNING',
        reason: 'invalid_response',
        symbol: 'AAPL',
        slot: 2,
        tick: '77',
      });
      expect(world.summary()).to.deep.include({
        severity: 'WARNING',
        message: 'published 5 of 6 quotes',
        missed_by_reason: { invalid_response: 1 },
      });
    });

    it('ends with an error if no quote was published', async () => {
      const world = createWorld({ reply: async () => ({ status: 401 }) });
      await world.tick({ ticker: 'AAPL' });
      expect(world.summary()).to.deep.include({
        severity: 'ERROR',
        missed_by_reason: { unauthorized: 6 },
      });
    });

    it('continues even if reading a response fails in an unexpected way', async () => {
      const source = {
        ...iex,
        readResponse: () => {
          throw new TypeError('a fault');
        },
      };
      const world = createWorld({ source });
      await world.tick({ ticker: 'AAPL' });
      expect(world.entries[0]).to.include({ reason: 'fault', detail: 'TypeError: a fault' });
      expect(world.summary()).to.deep.include({ missed_by_reason: { fault: 6 } });
    });

    it('loses one symbol of a batch, reports it once, and remembers it in the next tick', async () => {
      const world = createWorld({
        reply: async (symbols) => (symbols.includes('BAD') ? { status: 404 } : {}),
      });
      await world.tick({ tickers: ['A', 'BAD', 'B'] });
      await world.clock.run(world.clock.sleep(10_000));
      const publishTime = world.clock.wallTime();
      await world.tick({ tickers: ['A', 'BAD', 'B'] }, { messageId: '78', publishTime });
      expect(world.published).to.have.length(2 * 12);
      expect(world.entries.map(({ message, symbol }) => [message, symbol])).to.deep.equal([
        ['set a symbol aside for 15 min: the quote API refuses it', 'BAD'],
        ['published 12 of 18 quotes', undefined],
        ['published 12 of 18 quotes', undefined],
      ]);
      expect(world.summary()).to.deep.include({ missed_by_reason: { unknown_symbol: 6 } });
      expect(world.requests.slice(-1)[0]?.symbols).to.deep.equal(['A', 'B']);
    });

    it('sends no requests in later slots for as long as the API asks', async () => {
      const world = createWorld({
        reply: async (_symbols, at) => (at === 0 ? { status: 429, retryAfter: '25' } : {}),
      });
      await world.tick({ ticker: 'AAPL' });
      expect(world.requests.map(({ at }) => at)).to.deep.equal([0, 25_000, 30_000, 40_000, 50_000]);
      expect(world.summary()).to.deep.include({ published: 4, missed_by_reason: { throttled: 2 } });
    });
  });

  it('counts a quote that could not be published, and still acknowledges the tick', async () => {
    const world = createWorld({
      failure: ({ attributes }) =>
        attributes.quote_id?.endsWith('/3') ? new Error('no such topic') : undefined,
    });
    await world.tick({ ticker: 'AAPL' });
    expect(world.entries[0]).to.include({
      severity: 'WARNING',
      reason: 'publish_failed',
      detail: 'Error: no such topic',
      symbol: 'AAPL',
      slot: 3,
    });
    expect(world.summary()).to.deep.include({
      published: 5,
      missed_by_reason: { publish_failed: 1 },
    });
  });

  it('logs only the beginning of a long error', async () => {
    const world = createWorld({ ageMs: 55_000, failure: () => new Error('x'.repeat(100_000)) });
    await world.tick({ ticker: 'AAPL' });
    expect(world.entries[0]?.detail)
      .to.match(/^Error: x+$/)
      .and.to.have.length(500);
  });

  it('waits until Pub/Sub has accepted the last quote', async () => {
    const world = createWorld();
    const slow = {
      publish: () => world.clock.sleep(15_000),
    };
    const { log } = recordingLogger();
    const get: HttpGet = async () => ({ status: 200, retryAfter: null, body: '{"latestPrice":1}' });
    const access = { baseUrl: new URL('http://quotes'), token: undefined };
    const quotes = createQuoteClient({
      source: iex,
      access,
      get,
      clock: world.clock,
      random: () => 0,
    });
    const parts = { quotes, publisher: slow, log, project: undefined };
    await world.clock.run(handleTick(cloudEvent({ ticker: 'A' }), parts));
    expect(world.clock.wallTime() - PUBLISH_TIME).to.equal(65_000);
  });

  it('logs tickers that it had to leave out', async () => {
    const world = createWorld();
    await world.tick({ tickers: ['AAPL', 'AAPL', '', null] });
    expect(world.entries[0]).to.include({ severity: 'WARNING', duplicates: 1, malformed: 2 });
    expect(world.published).to.have.length(6);
  });

  for (const [what, event] of Object.entries({
    'no event': undefined,
    'an event without a message': { data: 'x' },
    'data that is not JSON': cloudEventOfText('AAPL'),
    'a message without tickers': cloudEvent({ symbol: 'AAPL' }),
  })) {
    it(`logs and acknowledges ${what}`, async () => {
      const world = createWorld();
      await world.handle(event);
      expect(world.entries).to.have.length(1);
      expect(world.entries[0]).to.include({ severity: 'ERROR' });
      expect(world.requests).to.deep.equal([]);
    });
  }

  it('survives any event', async () => {
    const payload = fc.oneof(
      fc.jsonValue().map((json) => cloudEvent(json)),
      fc.record({ tickers: fc.array(fc.jsonValue()) }).map((json) => cloudEvent(json)),
      anyText.map((text) => cloudEventOfText(text)),
      fc.anything(),
    );
    await fc.assert(
      fc.asyncProperty(payload, async (event) => {
        await createWorld({ ageMs: 55_000 }).handle(event);
      }),
    );
  });

  it('survives any response of the API', async () => {
    const answer = fc.record({
      status: fc.constantFrom(200, 400, 404, 418),
      retryAfter: fc.option(fc.string()),
      body: fc.oneof(fc.string(), fc.json()),
    });
    await fc.assert(
      fc.asyncProperty(answer, async (reply) => {
        const world = createWorld({ ageMs: 55_000, reply: async () => reply });
        await world.tick({ tickers: ['A', 'B'] });
        expect(world.summary()).to.deep.include({ missed: 12 });
      }),
    );
  });

  it('never logs the token, no matter what fails', async () => {
    const leaks: Setup[] = [
      { reply: async () => ({ status: 400, body: TOKEN }) },
      { reply: async () => ({ body: `"${TOKEN}"` }) },
      { reply: async () => ({ body: TOKEN }) },
      { reply: () => Promise.reject(new Error(`request to http://quotes/?token=${TOKEN}`)) },
      { failure: () => new Error(`cannot publish ${TOKEN}`) },
    ];
    for (const leak of leaks) {
      const world = createWorld({ ...leak, level: 'debug' });
      await world.tick({ tickers: ['A', TOKEN] });
      expect(world.summary()).to.include({ published: 0 });
      expect(JSON.stringify(world.entries)).not.to.contain(TOKEN);
    }
  });
});
