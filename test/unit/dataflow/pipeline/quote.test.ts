import { expect } from 'chai';
import fc from 'fast-check';
import { type DeadLetter, parseMessage, type Quote } from 'iex-dataflow';

const PUBLISH_TIME = 1_700_000_000_123_000;

function parse(message: unknown, publishTime: number | undefined = PUBLISH_TIME) {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return parseMessage(Buffer.from(text), publishTime);
}

function quoteOf(message: unknown): Quote {
  const parsed = parse(message);
  if ('deadLetter' in parsed) throw new Error(parsed.deadLetter.reason);
  return parsed.quote;
}

function deadLetterOf(parsed: ReturnType<typeof parseMessage>): DeadLetter {
  if ('quote' in parsed) throw new Error(`accepted: ${JSON.stringify(parsed.quote)}`);
  return parsed.deadLetter;
}

describe('parseMessage', () => {
  it('reads symbol, price and event time', () => {
    const message = {
      symbol: 'AAPL',
      latest_price: 123.45,
      event_time: '2026-11-22T09:00:10.123Z',
    };
    expect(quoteOf(message)).to.deep.equal({
      symbol: 'AAPL',
      latest_price: 123.45,
      event_time: Date.UTC(2026, 10, 22, 9, 0, 10, 123) * 1000,
    });
  });

  it('accepts prices of a millionth of a cent', () => {
    for (const price of [8.7e-6, 8.7e-9, 1e-12]) {
      expect(quoteOf({ symbol: 'SHIB/USD', latest_price: price }).latest_price).to.equal(price);
    }
  });

  it('accepts all symbols that the function requests, and names that a file may have', () => {
    // 256 code points; and one that Unicode does not assign, yet or in an older version.
    const files = ['🚀'.repeat(256), 'A\u0378', 'BRK B', 'Müller, AG', '株式', '_x', '__proto__'];
    for (const symbol of ['^GSPC', 'BRK.B', 'SBIN:NSE', 'EUR/USD', 'A'.repeat(32), ...files]) {
      expect(quoteOf({ symbol, latest_price: 1 }).symbol).to.equal(symbol);
    }
  });

  it('takes the publish time if the message has no event time', () => {
    expect(quoteOf({ symbol: 'AAPL', latest_price: 1 }).event_time).to.equal(PUBLISH_TIME);
  });

  it('ignores unknown fields', () => {
    expect(quoteOf({ symbol: 'AAPL', latest_price: 1, volume: 7 })).to.have.keys(
      'symbol',
      'latest_price',
      'event_time',
    );
  });

  const times: [text: string, microseconds: number][] = [
    ['2026-11-22T09:00:10Z', Date.UTC(2026, 10, 22, 9, 0, 10) * 1000],
    ['2026-11-22T09:00:10.5Z', Date.UTC(2026, 10, 22, 9, 0, 10, 500) * 1000],
    ['2026-11-22T09:00:10.123456Z', Date.UTC(2026, 10, 22, 9, 0, 10, 123) * 1000 + 456],
    ['2026-11-22T09:00:10.123456999Z', Date.UTC(2026, 10, 22, 9, 0, 10, 123) * 1000 + 456],
    ['2026-11-22T04:00:10.000-05:00', Date.UTC(2026, 10, 22, 9, 0, 10) * 1000],
    ['2026-11-22T23:59:59.999999+00:00', Date.UTC(2026, 10, 23) * 1000 - 1],
    ['2026-01-05t14:30:10z', Date.UTC(2026, 0, 5, 14, 30, 10) * 1000],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1) * 1000],
    ['1970-01-02T00:00:00Z', 86_400_000_000],
    ['2200-01-01T00:00:00Z', Date.UTC(2200, 0, 1) * 1000],
  ];
  for (const [text, microseconds] of times) {
    it(`reads the event time ${text} to the microsecond`, () => {
      const message = { symbol: 'AAPL', latest_price: 1, event_time: text };
      expect(quoteOf(message).event_time).to.equal(microseconds);
    });
  }

  const good = { symbol: 'AAPL', latest_price: 1, event_time: '2026-11-22T09:00:10Z' };
  const refused: [what: string, message: unknown, stage: string, reason: RegExp][] = [
    ['an empty payload', '', 'parse', /not JSON/],
    ['half a message', '{"symbol":', 'parse', /not JSON/],
    ['a list', '[]', 'validate', /expected object/],
    ['null', 'null', 'validate', /expected object/],
    ['no symbol', { ...good, symbol: undefined }, 'validate', /symbol/],
    ['an empty symbol', { ...good, symbol: '' }, 'validate', /symbol: is blank/],
    ['a blank symbol', { ...good, symbol: ' \t' }, 'validate', /symbol: is blank/],
    [
      'a symbol that is too long',
      { ...good, symbol: 'A'.repeat(257) },
      'validate',
      /^symbol: is longer than 256 characters$/,
    ],
    ['a symbol that is a number', { ...good, symbol: 5 }, 'validate', /symbol/],
    ['control characters in the symbol', { ...good, symbol: 'A\u001b[31m' }, 'validate', /control/],
    ['no price', { ...good, latest_price: undefined }, 'validate', /latest_price/],
    ['a price that is null', { ...good, latest_price: null }, 'validate', /latest_price/],
    ['a price that is text', { ...good, latest_price: '1.5' }, 'validate', /latest_price/],
    ['a price of zero', { ...good, latest_price: 0 }, 'validate', /latest_price/],
    ['a negative price', { ...good, latest_price: -1 }, 'validate', /latest_price/],
    [
      'a price that makes gains infinite',
      { ...good, latest_price: 5e-324 },
      'validate',
      /at least/,
    ],
    ['a price of a billion', { ...good, latest_price: 1e9 }, 'validate', /latest_price/],
    ['an infinite price', '{"symbol":"A","latest_price":1e999}', 'validate', /latest_price/],
    [
      'an event time without an offset',
      { ...good, event_time: '2026-11-22T09:00:10' },
      'validate',
      /event_time/,
    ],
    [
      'a day that does not exist',
      { ...good, event_time: '2026-02-30T00:00:00Z' },
      'validate',
      /event_time/,
    ],
    [
      'an event time in milliseconds',
      { ...good, event_time: 1_700_000_000_000 },
      'validate',
      /event_time/,
    ],
    ['an event time that is null', { ...good, event_time: null }, 'validate', /event_time/],
    [
      'an event time before 1970',
      { ...good, event_time: '1969-12-31T23:59:59Z' },
      'validate',
      /event_time: before/,
    ],
    [
      'an event time after 2200',
      { ...good, event_time: '2200-01-01T00:00:01Z' },
      'validate',
      /event_time: after/,
    ],
  ];
  for (const [what, message, stage, reason] of refused) {
    it(`makes a dead letter of ${what}`, () => {
      const before = Date.now();
      const deadLetter = deadLetterOf(parse(message));
      expect(deadLetter.stage).to.equal(stage);
      expect(deadLetter.reason).to.match(reason);
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      expect(deadLetter.payload).to.equal(text);
      expect(deadLetter.dead_letter_time / 1000).to.be.within(before, Date.now());
    });
  }

  it('names everything that is wrong with a message', () => {
    const { reason } = deadLetterOf(parse({ symbol: '', latest_price: 'x' }));
    expect(reason).to.match(/symbol.*; .*latest_price/);
  });

  it('keeps a payload that is not UTF-8 in base64', () => {
    const payload = Uint8Array.of(0x7b, 0xff, 0xfe);
    const deadLetter = deadLetterOf(parseMessage(payload, PUBLISH_TIME));
    expect(deadLetter.stage).to.equal('decode');
    expect(Buffer.from(deadLetter.payload, 'base64')).to.deep.equal(Buffer.from(payload));
  });

  it('refuses a quote that has neither event time nor publish time', () => {
    const parsed = parseMessage(Buffer.from('{"symbol":"AAPL","latest_price":1}'), undefined);
    expect(deadLetterOf(parsed).reason).to.match(/event_time: missing/);
  });

  it('makes a valid quote or a dead letter from any bytes', () => {
    const json = fc.json().map((text) => Buffer.from(text));
    const nearly = fc
      .record(
        {
          symbol: fc.oneof(fc.string(), fc.integer()),
          latest_price: fc.oneof(fc.double(), fc.string()),
          event_time: fc.oneof(
            fc.date({ noInvalidDate: true }).map((d) => d.toISOString()),
            fc.string(),
          ),
        },
        { requiredKeys: [] },
      )
      .map((message) => Buffer.from(JSON.stringify(message)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), json, nearly), (payload) => {
        const parsed = parseMessage(payload, PUBLISH_TIME);
        if ('deadLetter' in parsed) {
          expect(parsed.deadLetter.reason).not.to.equal('');
          return;
        }
        expect(parsed.quote.symbol.trim()).not.to.equal('');
        expect(parsed.quote.latest_price).to.be.greaterThan(0);
        expect(Number.isSafeInteger(parsed.quote.event_time)).to.equal(true);
      }),
    );
  });
});
