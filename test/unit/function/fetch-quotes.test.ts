import { expect } from 'chai';
import { createQuoteClient, fetchQuotes, type QuoteClient } from 'iex-function/fetch-quotes';
import type { HttpGet, HttpResponse } from 'iex-function/http';
import { iex } from 'iex-function/quote-sources/iex';
import { QuoteError } from 'iex-function/quote-sources/source';
import { FakeClock } from 'iex-test/support/fake-clock';
import { rejection } from './rejection.js';

const GOOD: HttpResponse = { status: 200, retryAfter: null, body: '{"latestPrice": 1.5}' };
const SLOT_MS = 10_000;

type Reply = Partial<HttpResponse> | Error | 'hang';

describe('fetchQuotes', () => {
  let clock: FakeClock;
  /** When (ms from the start) each attempt was made. */
  let attempts: number[];
  let start: number;
  let deadline: number;

  beforeEach(() => {
    clock = new FakeClock(undefined, 5_000);
    attempts = [];
    start = clock.now();
    deadline = start + SLOT_MS;
  });

  /** A client whose attempts get the replies one after the other, and then always the last one. */
  function client(...replies: [Reply, ...Reply[]]): QuoteClient {
    const get: HttpGet = async () => {
      const reply = replies[Math.min(attempts.length, replies.length - 1)];
      attempts.push(clock.now() - start);
      if (reply === 'hang') return new Promise(() => {});
      if (reply instanceof Error) throw reply;
      return { ...GOOD, ...reply };
    };
    const access = { baseUrl: new URL('http://quotes'), token: undefined };
    return createQuoteClient({ source: iex, access, get, clock, random: () => 1 });
  }

  const fetchOne = (quotes: QuoteClient) => clock.run(fetchQuotes(['AAPL'], deadline, quotes));

  const failure = async (quotes: QuoteClient) => {
    const error = await rejection(fetchOne(quotes));
    expect(error).to.be.instanceOf(QuoteError);
    return error as QuoteError;
  };

  it('makes one request if the response is good', async () => {
    const outcomes = await fetchOne(client({}));
    expect(outcomes).to.deep.equal(new Map([['AAPL', { price: 1.5 }]]));
    expect(attempts).to.deep.equal([0]);
  });

  for (const [what, reply] of [
    ['a server error', { status: 503 }],
    ['a broken connection', new QuoteError('network', '')],
  ] as const) {
    it(`retries after ${what}, with growing pauses`, async () => {
      const outcomes = await fetchOne(client(reply, reply, reply, {}));
      expect(outcomes.get('AAPL')).to.deep.equal({ price: 1.5 });
      expect(attempts).to.deep.equal([0, 200, 600, 1_400]);
    });
  }

  it('makes part of a pause random', async () => {
    await fetchOne({ ...client({ status: 503 }, {}), random: () => 0 });
    expect(attempts).to.deep.equal([0, 100]);
  });

  it('aborts an attempt that hangs while there is time for another', async () => {
    await fetchOne(client('hang', {}));
    expect(attempts).to.deep.equal([0, 5_200]);
  });

  it('never outlives its deadline', async () => {
    expect((await failure(client('hang'))).reason).to.equal('timeout');
    expect(clock.now()).to.equal(deadline);
  });

  it('gives up if the next attempt would come too late', async () => {
    expect((await failure(client({ status: 500 }))).reason).to.equal('server_error');
    expect(attempts).to.deep.equal([0, 200, 600, 1_400, 3_000, 6_200]);
    expect(clock.now()).to.be.below(deadline);
  });

  describe('when throttled', () => {
    const throttled = (retryAfter: string | null) => ({ status: 429, retryAfter });

    it('makes a long pause if the API does not say how long', async () => {
      await failure(client(throttled(null)));
      expect(attempts).to.deep.equal([0, 2_000, 6_000]);
    });

    it('waits as many seconds as the API asks for', async () => {
      await fetchOne(client(throttled('5'), {}));
      expect(attempts).to.deep.equal([0, 5_000]);
    });

    it('waits until the date that the API names', async () => {
      const date = new Date(clock.wallTime() + 4_000).toUTCString();
      await fetchOne(client(throttled(date), {}));
      expect(attempts).to.deep.equal([0, 4_000]);
    });

    it('never pauses for less than without the header', async () => {
      for (const retryAfter of ['0', '-1', 'soon', new Date(0).toUTCString()]) {
        attempts = [];
        start = clock.now();
        deadline = start + SLOT_MS;
        await fetchOne(client(throttled(retryAfter), {}));
        expect(attempts, retryAfter).to.deep.equal([0, 2_000]);
      }
    });

    it('gives up at once if the API asks for more than is left, and says for how long', async () => {
      const error = await failure(client(throttled('60')));
      expect(error).to.include({ reason: 'throttled', retryAfterMs: 60_000 });
      expect(clock.now()).to.equal(start);
    });
  });

  it('also sends no requests for other symbols until the time that the API asked for', async () => {
    const quotes = client({ status: 503, retryAfter: '60' }, {});
    await rejection(fetchOne(quotes));
    const other = fetchQuotes(['MSFT'], clock.now() + SLOT_MS, quotes);
    expect(await rejection(clock.run(other))).to.include({
      reason: 'throttled',
      retryAfterMs: 60_000,
    });
    expect(attempts).to.deep.equal([0]);

    await clock.run(clock.sleep(60_000));
    await clock.run(fetchQuotes(['MSFT'], clock.now() + SLOT_MS, quotes));
    expect(attempts).to.deep.equal([0, 60_000]);
  });

  it('pauses for an hour at most', async () => {
    const error = await failure(client({ status: 429, retryAfter: '99999999999' }));
    expect(error.retryAfterMs).to.equal(3_600_000);
  });

  for (const [what, reply, reason] of [
    ['401', { status: 401 }, 'unauthorized'],
    ['403', { status: 403 }, 'unauthorized'],
    ['404', { status: 404 }, 'unknown_symbol'],
    ['a redirect', { status: 302 }, 'refused'],
    ['400', { status: 400, body: '<html>' }, 'refused'],
    ['a response that is not JSON', { body: '<html>' }, 'invalid_response'],
    ['a response of another shape', { body: '[]' }, 'invalid_response'],
  ] as const) {
    it(`does not retry after ${what}`, async () => {
      expect((await failure(client(reply))).reason).to.equal(reason);
      expect(attempts).to.deep.equal([0]);
    });
  }

  it('never quotes a response in its errors', async () => {
    for (const reply of [
      { body: 's3cret' },
      { body: '["s3cret"]' },
      { status: 400, body: 's3cret' },
    ]) {
      expect((await failure(client(reply))).message).not.to.contain('s3cret');
    }
  });
});
