import { expect } from 'chai';
import { type QuoteSimulator, startQuoteSimulator } from 'iex-local/quote-simulator/index';

interface IexQuote {
  readonly latestPrice: number;
}

const NOW = Date.parse('2026-11-22T09:00:00Z');

describe('quote simulator', () => {
  let simulator: QuoteSimulator;

  beforeEach(async () => {
    simulator = await startQuoteSimulator({ now: () => NOW });
  });

  afterEach(() => simulator.close());

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(simulator.url + path, { headers });

  const json = async <T>(path: string, headers: Record<string, string> = {}) => {
    const response = await get(path, headers);
    expect(response.status).to.equal(200);
    return (await response.json()) as T;
  };

  const iexQuote = () => json<IexQuote>('/stock/AAPL/quote');

  describe('in the shape of IEX', () => {
    it('returns one quote with all of its fields, some of them null', async () => {
      const quote = await json<IexQuote>('/stock/AAPL/quote?token=t');
      expect(Object.keys(quote).length).to.be.above(50);
      expect(quote).to.include({ symbol: 'AAPL', latestUpdate: NOW, peRatio: null });
      expect(quote.latestPrice).to.be.a('number').above(0);
    });

    it('returns the same price in a batch and in a repeated request', async () => {
      const { latestPrice } = await iexQuote();
      const path = '/stock/market/batch?symbols=aapl,MSFT&types=quote';
      const batch = await json<Record<string, { quote: IexQuote }>>(path);
      expect(batch).to.have.all.keys('AAPL', 'MSFT');
      expect(batch.AAPL?.quote.latestPrice).to.equal(latestPrice);
    });

    it('accepts a hundred symbols in a batch and no more', async () => {
      const symbols = (count: number) => Array.from({ length: count }, (_, i) => `T${i}`).join();
      await json(`/stock/market/batch?types=quote&symbols=${symbols(100)}`);
      const { status } = await get(`/stock/market/batch?types=quote&symbols=${symbols(101)}`);
      expect(status).to.equal(400);
    });

    it('responds with 404 to an invalid symbol', async () => {
      expect((await get('/stock/nothing%20at%20all/quote')).status).to.equal(404);
      expect(await json('/stock/market/batch?symbols=%40&types=quote')).to.deep.equal({});
    });
  });

  describe('in other shapes', () => {
    const alpacaKeys = { 'apca-api-key-id': 'a', 'apca-api-secret-key': 'b' };

    it('requires the token in the same place as the API', async () => {
      for (const path of [
        '/alpaca/v2/stocks/trades/latest?symbols=AAPL&feed=iex',
        '/finnhub/quote?symbol=AAPL',
        '/tiingo/iex/?tickers=AAPL',
        '/twelve-data/price?symbol=AAPL',
      ]) {
        expect((await get(path)).status, path).to.equal(401);
      }
    });

    it('returns the same price in each of them', async () => {
      const { latestPrice } = await iexQuote();
      const expectPrice = async (path: string, headers: Record<string, string>, price: object) =>
        expect({ answer: await json(path, headers) }).to.nested.include(price);

      await expectPrice('/alpaca/v2/stocks/trades/latest?symbols=AAPL', alpacaKeys, {
        'answer.trades.AAPL.p': latestPrice,
      });
      await expectPrice(
        '/finnhub/quote?symbol=AAPL',
        { 'x-finnhub-token': 't' },
        {
          'answer.c': latestPrice,
        },
      );
      await expectPrice(
        '/tiingo/iex/?tickers=AAPL',
        { authorization: 'Token t' },
        {
          'answer[0].tngoLast': latestPrice,
        },
      );
      await expectPrice(
        '/twelve-data/price?symbol=AAPL',
        { authorization: 'apikey t' },
        {
          'answer.price': latestPrice.toFixed(5),
        },
      );
    });

    it('refuses the whole request for a symbol that Alpaca cannot have', async () => {
      const path = '/alpaca/v2/stocks/trades/latest?symbols=AAPL,BRK-B';
      const response = await get(path, alpacaKeys);
      expect(response.status).to.equal(400);
      expect(await response.json()).to.deep.equal({ message: 'invalid symbol: BRK-B' });
    });

    it('names the base URL of each, and refuses one that it does not speak', () => {
      expect(simulator.urlFor('iex')).to.equal(simulator.url);
      expect(simulator.urlFor('tiingo')).to.equal(`${simulator.url}/tiingo`);
      expect(() => simulator.urlFor('bloomberg')).to.throw(RangeError, 'bloomberg');
    });
  });

  it('knows only the symbols it was given', async () => {
    const small = await startQuoteSimulator({ symbols: ['AAPL'] });
    try {
      const status = async (symbol: string) =>
        (await fetch(`${small.url}/stock/${symbol}/quote`)).status;
      expect(await status('AAPL')).to.equal(200);
      expect(await status('MSFT')).to.equal(404);
    } finally {
      await small.close();
    }
  });

  it('counts the requests for quotes', async () => {
    await get('/stock/AAPL/quote');
    await get('/nothing');
    await get('/faults');
    expect(simulator.requestCount).to.equal(1);
  });

  it('waits as long as its latency', async () => {
    const slow = await startQuoteSimulator({ latencyMs: 50 });
    try {
      const start = performance.now();
      await (await fetch(`${slow.url}/stock/AAPL/quote`)).text();
      expect(performance.now() - start).to.be.at.least(49);
    } finally {
      await slow.close();
    }
  });

  it('refuses to start on a port that is taken', async () => {
    const port = Number(new URL(simulator.url).port);
    const error = await startQuoteSimulator({ port }).then(
      () => undefined,
      (error) => error,
    );
    expect(error).to.have.property('code', 'EADDRINUSE');
  });

  it('closes at once although a request is waiting for its response', async () => {
    simulator.setFault({ kind: 'timeout' });
    const hanging = get('/stock/AAPL/quote').catch((error) => error);
    while (simulator.requestCount === 0) await new Promise(setImmediate);
    const start = performance.now();
    await simulator.close();
    expect(performance.now() - start).to.be.below(1_000);
    expect(await hanging).to.be.instanceOf(Error);
  });

  describe('faults over HTTP', () => {
    const put = (body: string) => fetch(`${simulator.url}/faults`, { method: 'PUT', body });

    it('are switched on for one symbol or for all, listed, and switched off', async () => {
      await put('{"fault": {"kind": "unknownSymbol"}, "symbol": "AAPL"}');
      await put('{"fault": {"kind": "serverError", "status": 503}}');
      expect((await get('/stock/AAPL/quote')).status).to.equal(404);
      expect((await get('/stock/MSFT/quote')).status).to.equal(503);
      expect(await json('/faults')).to.deep.equal({
        all: { kind: 'serverError', status: 503 },
        symbols: { AAPL: { kind: 'unknownSymbol' } },
      });
      await fetch(`${simulator.url}/faults`, { method: 'DELETE' });
      expect((await get('/stock/AAPL/quote')).status).to.equal(200);
    });

    it('are refused with the reason if they are wrong', async () => {
      for (const body of ['', '{', '{"fault": {"kind": "slow"}}']) {
        const response = await put(body);
        expect(response.status).to.equal(400);
        expect(await response.json()).to.have.property('error').that.is.not.empty;
      }
      expect((await fetch(`${simulator.url}/faults`, { method: 'POST' })).status).to.equal(405);
    });
  });
});
