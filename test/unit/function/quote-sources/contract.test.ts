import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { LOWEST_PRICE } from 'iex-contract';
import { createQuoteClient, fetchQuotes } from 'iex-function/fetch-quotes';
import type { HttpGet } from 'iex-function/http';
import { quoteSources } from 'iex-function/quote-sources/index';
import { QuoteError, type QuoteRequest } from 'iex-function/quote-sources/source';
import { FakeClock } from 'iex-test/support/fake-clock';

/** A response in the API's documented shape, and its expected outcomes. */
interface Fixture {
  readonly symbols: readonly string[];
  readonly status: number;
  readonly retryAfter?: string | null;
  /** A string is the body itself, anything else is JSON. */
  readonly body: unknown;
  /** The price of each symbol, or why there is none. */
  readonly expected: Readonly<Record<string, number | string>>;
}

const TOKEN = 'id:s3cret';

/** The cases that every source must handle. */
const REQUIRED = [
  'good',
  'missingPrice',
  'nullPrice',
  'unknownSymbol',
  'throttled',
  'unauthorized',
  'htmlPage',
];

function readFixtures(source: string): Readonly<Record<string, Fixture>> {
  const file = new URL(`../../../fixtures/quote-sources/${source}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The body of a batch with one more entry, of a wrong shape. */
function withOddEntry(body: unknown): unknown {
  if (Array.isArray(body)) return [...body, 7];
  const { trades, ...rest } = body as { trades?: object };
  return trades ? { ...rest, trades: { ...trades, ODD: 7 } } : { ...rest, ODD: 7 };
}

for (const [name, source] of Object.entries(quoteSources)) {
  describe(`quote source ${name}`, () => {
    const access = { baseUrl: new URL('https://quotes.example/base/'), token: TOKEN };
    const fixtures = readFixtures(name);

    /** Responds with the fixture, and reads the response like the function. */
    async function outcomesOf({ symbols, status, retryAfter = null, body }: Partial<Fixture>) {
      const clock = new FakeClock(undefined, 5_000);
      const answer = {
        status: status ?? 200,
        retryAfter,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      };
      const get: HttpGet = async () => answer;
      const client = createQuoteClient({ source, access, get, clock, random: () => 0 });
      const asked = symbols ?? ['AAPL'];
      try {
        const work = fetchQuotes(asked, clock.now() + 10_000, client);
        const outcomes = await clock.run(work);
        const told = [...outcomes].map(([symbol, outcome]) => [
          symbol,
          'price' in outcome ? outcome.price : outcome.missed,
        ]);
        return Object.fromEntries(told);
      } catch (error) {
        expect(error).to.be.instanceOf(QuoteError);
        return Object.fromEntries(asked.map((symbol) => [symbol, (error as QuoteError).reason]));
      }
    }

    it('has a fixture for each case that every source must handle', () => {
      expect(fixtures).to.include.keys(...REQUIRED, ...(source.maxSymbols > 1 ? ['batch'] : []));
    });

    for (const [kind, fixture] of Object.entries(fixtures)) {
      it(`reads the fixture ${kind}`, async () => {
        expect(await outcomesOf(fixture)).to.deep.equal(fixture.expected);
      });
    }

    if (source.maxSymbols > 1) {
      it('loses only the symbol of an entry of another shape', async () => {
        const { batch } = fixtures;
        const body = withOddEntry(batch?.body);
        expect(await outcomesOf({ ...batch, body })).to.deep.equal(batch?.expected);
      });
    }

    for (const body of ['', 'null', '7', '"x"', '[7]', '{', '{"AAPL": 7}']) {
      it(`finds no quote in ${body || 'nothing'}`, async () => {
        const outcomes = await outcomesOf({ symbols: ['AAPL'], body });
        expect(outcomes.AAPL).to.be.oneOf(['invalid_response', 'no_price', 'unknown_symbol']);
      });
    }

    for (const price of [
      0,
      -1,
      5e-324,
      9.9e-13,
      1e9,
      '0.0000000000001',
      '1000000000',
      '',
      'NaN',
      'Infinity',
      '1e999',
      true,
      {},
    ]) {
      it(`does not accept ${JSON.stringify(price)} as a price`, async () => {
        const text = JSON.stringify(fixtures.good?.body);
        const body = text.replace(/"?150\.25(000)?"?/g, JSON.stringify(price));
        expect(body).not.to.equal(text);
        const outcomes = await outcomesOf({ symbols: ['AAPL'], body });
        expect(outcomes.AAPL).to.be.oneOf(['invalid_response', 'no_price']);
      });
    }

    it('accepts the lowest and a very high price', async () => {
      for (const price of [LOWEST_PRICE, 8.7e-9, 999_999_999]) {
        const text = JSON.stringify(fixtures.good?.body);
        const number = name === 'twelve-data' ? JSON.stringify(String(price)) : String(price);
        const body = text.replace(/"?150\.25(000)?"?/g, number);
        expect(await outcomesOf({ symbols: ['AAPL'], body })).to.deep.equal({ AAPL: price });
      }
    });

    describe('sends requests', () => {
      const symbols = Array.from({ length: source.maxSymbols }, (_, index) => `T${index}.A/B`);
      const request: QuoteRequest = source.request(symbols, access);

      it('below the base URL, whether it ends with a slash or not', () => {
        const without = { ...access, baseUrl: new URL('https://quotes.example/base') };
        expect(request.url.href).to.match(/^https:\/\/quotes\.example\/base\/[^/]/);
        expect(source.request(symbols, without).url.href).to.equal(request.url.href);
      });

      it('for every symbol, in a URL that is short enough for every server', () => {
        const url = decodeURIComponent(request.url.href);
        for (const symbol of symbols) expect(url).to.contain(symbol);
        expect(request.url.href.length).to.be.below(4_000);
      });

      it('for a single symbol, whatever characters it has', () => {
        const { url } = source.request(['A/B:C?D'], access);
        expect(url.href).to.match(/A%2FB%3AC%3FD/);
      });

      it('with its token', () => {
        const sent = JSON.stringify([decodeURIComponent(request.url.href), request.headers]);
        expect(sent).to.contain('s3cret');
      });

      if (source.tokenRequired) {
        it('with the token in a header, which no proxy logs', () => {
          expect(request.url.href).not.to.contain('s3cret');
        });
      }
    });
  });
}
