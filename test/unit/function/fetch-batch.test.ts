import { expect } from 'chai';
import { fetchBatch } from 'iex-function/fetch-batch';
import { createQuoteClient, type QuoteClient } from 'iex-function/fetch-quotes';
import type { HttpGet, HttpResponse } from 'iex-function/http';
import { alpaca } from 'iex-function/quote-sources/alpaca';
import { iex } from 'iex-function/quote-sources/iex';
import type { QuoteSource } from 'iex-function/quote-sources/source';
import { twelveData } from 'iex-function/quote-sources/twelve-data';
import { FakeClock } from 'iex-test/support/fake-clock';
import { recordingLogger } from './recorder.js';

const SLOT_MS = 10_000;
const MINUTE_MS = 60_000;

/** How an API refuses a request that names some wrong symbols. */
type Refuse = (wrong: readonly string[], symbols: readonly string[]) => Partial<HttpResponse>;

const namingOne: Refuse = ([wrong]) => ({
  status: 400,
  body: JSON.stringify({ message: `invalid symbol: ${wrong}` }),
});
const namingAll: Refuse = (wrong) => ({
  status: 422,
  body: JSON.stringify({ error: `Unknown symbols: ${wrong.join(', ')}.` }),
});
const inSilence =
  (status: number): Refuse =>
  () => ({ status, body: 'Unknown symbol' });

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('fetchBatch', () => {
  let clock: FakeClock;
  /** The symbols of each request. */
  let asked: (readonly string[])[];
  /** The symbols that the API refuses; a test may change them. */
  let wrong: Set<string>;
  /** The response of the API to every request, while it is set. */
  let outage: Partial<HttpResponse> | undefined;
  let latencyMs: number;
  let log: ReturnType<typeof recordingLogger>;

  beforeEach(() => {
    clock = new FakeClock(undefined, 5_000);
    asked = [];
    wrong = new Set();
    outage = undefined;
    latencyMs = 20;
    log = recordingLogger();
  });

  /** A client of an API that refuses a whole request because of a wrong symbol in it. */
  function client(source: QuoteSource, refuse: Refuse): QuoteClient {
    const get: HttpGet = async ({ url }) => {
      const single = /\/stock\/([^/]+)\/quote/.exec(url.pathname)?.[1];
      const list = url.searchParams.get('symbols') ?? url.searchParams.get('symbol') ?? '';
      const symbols = single ? [decodeURIComponent(single)] : list.split(',');
      asked.push(symbols);
      await clock.sleep(latencyMs);
      const answer = { status: 200, retryAfter: null };
      if (outage) return { ...answer, body: '', ...outage };
      const bad = symbols.filter((symbol) => wrong.has(symbol));
      if (bad.length > 0) return { ...answer, body: '', ...refuse(bad, symbols) };
      return { ...answer, body: JSON.stringify(goodBody(source, symbols)) };
    };
    const access = { baseUrl: new URL('http://quotes'), token: 'id:secret' };
    return createQuoteClient({ source, access, get, clock, random: () => 1 });
  }

  function goodBody(source: QuoteSource, symbols: readonly string[]): object {
    const entries = (entry: object) => Object.fromEntries(symbols.map((s) => [s, entry]));
    if (source === alpaca) return { trades: entries({ p: 1 }) };
    if (source === twelveData)
      return symbols.length === 1 ? { price: '1' } : entries({ price: '1' });
    return symbols.length === 1 ? { latestPrice: 1 } : entries({ quote: { latestPrice: 1 } });
  }

  /** Takes the quotes of one slot; the clock is then at the start of the next one. */
  async function slot(symbols: readonly string[], quotes: QuoteClient) {
    asked = [];
    const end = clock.now() + SLOT_MS;
    const outcomes: Record<string, number | string> = {};
    const take = async () => {
      for await (const part of fetchBatch(symbols, end, quotes, log.log)) {
        for (const [symbol, outcome] of part.outcomes) {
          expect(outcomes, `${symbol} has one outcome`).not.to.have.property(symbol);
          outcomes[symbol] = 'price' in outcome ? outcome.price : outcome.missed;
        }
      }
    };
    await clock.run(take());
    expect(clock.now()).to.be.at.most(end);
    expect(outcomes).to.have.all.keys(...symbols);
    if (clock.now() < end) await clock.run(clock.sleep(end - clock.now()));
    return outcomes;
  }

  /** The expected outcomes: a price for the valid symbols, the reason for the others. */
  const expected = (symbols: readonly string[], reason = 'unknown_symbol') =>
    Object.fromEntries(symbols.map((symbol) => [symbol, wrong.has(symbol) ? reason : 1]));

  const logged = () => log.entries.map(({ symbol }) => symbol);

  it('makes one request if the API accepts all symbols', async () => {
    const symbols = numbered('G', 100);
    expect(await slot(symbols, client(iex, inSilence(404)))).to.deep.equal(expected(symbols));
    expect(asked).to.deep.equal([symbols]);
  });

  it('takes quotes of 89 symbols although the API names 11 impossible ones, one in each request', async () => {
    const impossible = [...'ABCDEFGHIJK'].map((letter) => `BAC-P${letter}`);
    wrong = new Set(impossible);
    const symbols = [...numbered('G', 89), ...impossible];
    const quotes = client(alpaca, namingOne);
    expect(await slot(symbols, quotes)).to.deep.equal(expected(symbols));
    expect(asked).to.have.length(12);

    expect(await slot(symbols, quotes)).to.deep.equal(expected(symbols));
    expect(asked).to.deep.equal([numbered('G', 89)]);
  });

  it('takes out all symbols that a response names', async () => {
    wrong = new Set(['G3', 'G40', 'G77']);
    const symbols = numbered('G', 100);
    expect(await slot(symbols, client(alpaca, namingAll))).to.deep.equal(expected(symbols));
    expect(asked).to.have.length(2);
  });

  it('ignores the names in a response that names all symbols of the request', async () => {
    wrong = new Set(['B']);
    const quotes = client(iex, (_wrong, symbols) => ({
      status: 400,
      body: `bad symbols: ${symbols.join(',')}`,
    }));
    expect(await slot(['A', 'B', 'C'], quotes)).to.deep.equal({ A: 1, B: 'unknown_symbol', C: 1 });
  });

  for (const status of [404, 451]) {
    it(`finds one symbol that makes the API respond with ${status}, within a slot`, async () => {
      for (const index of [0, 50, 99]) {
        const symbols = numbered('G', 100);
        wrong = new Set([`G${index}`]);
        const quotes = client(iex, inSilence(status));
        expect(await slot(symbols, quotes)).to.deep.equal(expected(symbols));
        expect(asked.length).to.be.below(17);
        expect(await slot(symbols, quotes)).to.deep.equal(expected(symbols));
        expect(asked).to.have.length(1);
      }
    });
  }

  it('finds the symbol behind an error in a response of status 200', async () => {
    wrong = new Set(['B']);
    const body = JSON.stringify({ code: 404, status: 'error', message: 'not found' });
    const quotes = client(twelveData, () => ({ status: 200, body }));
    expect(await slot(['A', 'B', 'C'], quotes)).to.deep.equal({ A: 1, B: 'unknown_symbol', C: 1 });
  });

  it('halves a request that the server finds too long', async () => {
    const quotes = client(iex, inSilence(404));
    const { get } = quotes;
    const short: HttpGet = async (request, signal) =>
      request.url.href.length > 300
        ? { status: 414, retryAfter: null, body: '' }
        : get(request, signal);
    const symbols = numbered('SYMBOL', 40);
    expect(await slot(symbols, { ...quotes, get: short })).to.deep.equal(expected(symbols));
  });

  it('makes a limited number of requests in a slot, and continues in the next with what it learned', async () => {
    const symbols = numbered('G', 100);
    wrong = new Set(symbols.filter((_, index) => index % 6 === 1));
    const quotes = client(iex, inSilence(404));
    const found: number[] = [];
    for (let slots = 0; slots < 5; slots++) {
      const outcomes = await slot(symbols, quotes);
      expect(asked.length).to.be.at.most(61);
      found.push(Object.values(outcomes).filter((outcome) => outcome === 1).length);
    }
    expect(found[0]).to.be.above(30);
    expect(found).to.deep.equal([...found].sort((a, b) => a - b));
    expect(found.at(-1)).to.equal(100 - wrong.size);
    expect(await slot(symbols, quotes)).to.deep.equal(expected(symbols));
    expect(asked).to.have.length(1);
    expect(logged()).to.have.members([...wrong]);
  });

  it('finds valid symbols among many invalid ones in a row', async () => {
    const symbols = numbered('G', 100);
    wrong = new Set(symbols.slice(0, 40));
    const quotes = client(iex, inSilence(404));
    for (let slots = 0; slots < 6; slots++) await slot(symbols, quotes);
    expect(await slot(symbols, quotes)).to.deep.equal(expected(symbols));
    expect(asked).to.have.length(1);
  });

  it('continues over several slots if the API is slow', async () => {
    latencyMs = 1_500;
    wrong = new Set(['G40']);
    const symbols = numbered('G', 100);
    const quotes = client(iex, inSilence(404));
    let outcomes: Record<string, number | string> = {};
    for (let slots = 0; slots < 4; slots++) {
      outcomes = await slot(symbols, quotes);
      expect(asked.length).to.be.at.most(7);
    }
    expect(outcomes).to.deep.equal(expected(symbols));
    expect(asked).to.have.length(1);
  });

  it('shares its limited number of requests among all batches of the instance', async () => {
    const batches = numbered('B', 30).map((prefix) => numbered(`${prefix}.`, 20));
    wrong = new Set(batches.flatMap(([first]) => first ?? []));
    const quotes = client(iex, inSilence(404));
    const all = async () => {
      asked = [];
      const end = clock.now() + SLOT_MS;
      let prices = 0;
      const take = async (batch: string[]) => {
        for await (const { outcomes } of fetchBatch(batch, end, quotes, log.log)) {
          for (const outcome of outcomes.values()) if ('price' in outcome) prices++;
        }
      };
      await clock.run(Promise.all(batches.map(take)));
      await clock.run(clock.sleep(end - clock.now()));
      return prices;
    };
    let prices = 0;
    for (let slots = 0; slots < 12 && prices < 30 * 19; slots++) {
      prices = await all();
      expect(asked.length).to.be.at.most(30 + 60);
    }
    expect(prices).to.equal(30 * 19);
  });

  it('reports each refused symbol once, whatever the number of slots', async () => {
    wrong = new Set(['B', 'C']);
    const quotes = client(iex, inSilence(404));
    for (let slots = 0; slots < 12; slots++) await slot(['A', 'B', 'C', 'D'], quotes);
    expect(logged()).to.have.members(['B', 'C']);
    expect(log.entries[0]).to.include({ severity: 'WARNING', reason: 'unknown_symbol' });
  });

  it('requests a symbol that was set aside again after a while, alone', async () => {
    wrong = new Set(['B']);
    const quotes = client(iex, inSilence(404));
    const symbols = ['A', 'B', 'C'];
    await slot(symbols, quotes);
    await clock.run(clock.sleep(14 * MINUTE_MS));
    await slot(symbols, quotes);
    expect(asked).to.deep.equal([['A', 'C']]);

    await clock.run(clock.sleep(MINUTE_MS));
    expect(await slot(symbols, quotes)).to.deep.equal(expected(symbols));
    expect(asked).to.deep.equal([['A', 'C'], ['B']]);
    expect(logged()).to.deep.equal(['B']);

    wrong.clear();
    await clock.run(clock.sleep(15 * MINUTE_MS));
    await slot(symbols, quotes);
    expect(asked).to.deep.equal([['A', 'C'], ['B']]);
    expect(await slot(symbols, quotes)).to.deep.equal(expected(symbols));
    expect(asked).to.deep.equal([symbols]);
  });

  describe('of an API that refuses everything', () => {
    it('gives up after some requests, does not search again for a minute, and recovers at once', async () => {
      outage = { status: 404, body: 'Not found' };
      const symbols = numbered('G', 100);
      const quotes = client(iex, inSilence(404));
      const outcomes = await slot(symbols, quotes);
      expect(Object.values(outcomes)).not.to.include(1);
      expect(asked.length).to.be.at.most(21);
      for (let slots = 0; slots < 4; slots++) {
        await slot(symbols, quotes);
        expect(asked).to.have.length(1);
      }
      expect(logged()).to.deep.equal([]);
      outage = undefined;
      expect(await slot(symbols, quotes)).to.deep.equal(expected(symbols));
      expect(asked).to.have.length(1);
    });

    it('gives up after as many requests if it is slow', async () => {
      latencyMs = 1_500;
      outage = { status: 404, body: 'Not found' };
      const symbols = numbered('G', 100);
      const quotes = client(iex, inSilence(404));
      const requests: number[] = [];
      for (let slots = 0; slots < 6; slots++) {
        await slot(symbols, quotes);
        requests.push(asked.length);
      }
      expect(requests).to.deep.equal([7, 7, 7, 2, 1, 1]);
      outage = undefined;
      expect(await slot(symbols, quotes)).to.deep.equal(expected(symbols));
      expect(asked).to.have.length(1);
    });

    it('still has the reason of each symbol of a small batch', async () => {
      wrong = new Set(['A', 'B', 'C']);
      const quotes = client(iex, inSilence(404));
      for (let slots = 0; slots < 3; slots++) {
        expect(await slot(['A', 'B', 'C'], quotes)).to.deep.equal(expected(['A', 'B', 'C']));
      }
      expect(asked).to.have.length(1);
      expect(logged()).to.deep.equal([]);
    });
  });

  for (const [status, reason] of [
    [401, 'unauthorized'],
    [402, 'refused'],
    [403, 'unauthorized'],
    [302, 'refused'],
  ] as const) {
    it(`does not search for a symbol behind status ${status}`, async () => {
      outage = { status };
      const outcomes = await slot(['A', 'B'], client(iex, inSilence(404)));
      expect(outcomes).to.deep.equal({ A: reason, B: reason });
      expect(asked).to.have.length(1);
    });
  }

  it('ends a search in which the API throttles, and continues it later', async () => {
    wrong = new Set(['G7']);
    const symbols = numbered('G', 100);
    let isThrottled = false;
    const quotes = client(iex, () => {
      if (!isThrottled && asked.length >= 4) outage = { status: 429, retryAfter: '10' };
      return { status: 404, body: 'Unknown symbol' };
    });
    const first = await slot(symbols, quotes);
    expect(first.G7).to.equal('throttled');
    isThrottled = true;
    outage = undefined;
    await slot(symbols, quotes);
    expect(await slot(symbols, quotes)).to.deep.equal(expected(symbols));
    expect(asked.length).to.be.at.most(1);
  });

  it('does not set aside a single symbol, which affects no other', async () => {
    wrong = new Set(['A']);
    const quotes = client(iex, inSilence(404));
    expect(await slot(['A'], quotes)).to.deep.equal({ A: 'unknown_symbol' });
    wrong.clear();
    expect(await slot(['A'], quotes)).to.deep.equal({ A: 1 });
    expect(logged()).to.deep.equal([]);
  });

  it('misses all symbols of a batch after an error of its own, and logs it', async () => {
    const quotes = client(iex, inSilence(404));
    const source: QuoteSource = {
      ...iex,
      readResponse: () => {
        throw new TypeError('a fault');
      },
    };
    expect(await slot(['A', 'B'], { ...quotes, source })).to.deep.equal({ A: 'fault', B: 'fault' });
  });
});
