import { expect } from 'chai';
import fc from 'fast-check';
import { MalformedEventError } from 'iex-function/event';
import { nameSome, readTickers } from 'iex-function/tickers';
import { anyText } from 'iex-test/support/any-text';

describe('readTickers', () => {
  it('reads one ticker and several', () => {
    expect(readTickers({ ticker: 'AAPL' }).tickers).to.deep.equal(['AAPL']);
    expect(readTickers({ tickers: ['MSFT', 'AAPL'] }).tickers).to.deep.equal(['MSFT', 'AAPL']);
  });

  it('accepts share classes, exchanges and pairs', () => {
    const tickers = [
      'BRK.B',
      'BRK-B',
      'SBIN:NSE',
      'EUR/USD',
      '9988',
      'aapl',
      'AA^A',
      '^GSPC',
      'constructor',
    ];
    expect(readTickers({ tickers })).to.deep.equal({ tickers, duplicates: [], invalid: 0 });
  });

  it('leaves out duplicates and lists each once', () => {
    expect(readTickers({ tickers: ['A', 'B', 'A', 'A'] })).to.deep.equal({
      tickers: ['A', 'B'],
      duplicates: ['A'],
      invalid: 0,
    });
  });

  it('counts invalid tickers and continues with the rest', () => {
    const bad = [
      '',
      ' ',
      'A B',
      'A,B',
      '../x',
      '.',
      'Ä',
      'A\n',
      'A'.repeat(33),
      null,
      7,
      {},
      ['A'],
    ];
    expect(readTickers({ tickers: [...bad, 'GOOD', 'A'.repeat(32)] })).to.deep.equal({
      tickers: ['GOOD', 'A'.repeat(32)],
      duplicates: [],
      invalid: bad.length,
    });
  });

  for (const payload of [null, 7, 'AAPL', [], ['AAPL'], {}, { tickers: 'AAPL' }, { tickers: [] }]) {
    it(`refuses ${JSON.stringify(payload)}`, () => {
      expect(() => readTickers(payload)).to.throw(MalformedEventError);
    });
  }

  it('refuses a message without a single good ticker, and says how many were bad', () => {
    expect(() => readTickers({ tickers: ['', null] })).to.throw(MalformedEventError, '2');
    expect(() => readTickers({ ticker: '' })).to.throw(MalformedEventError);
  });

  it('either refuses any payload or returns distinct, well-formed tickers', () => {
    const payload = fc.oneof(
      fc.jsonValue(),
      fc.record({ ticker: fc.jsonValue() }),
      fc.record({ tickers: fc.array(fc.oneof(fc.jsonValue(), anyText)) }),
    );
    fc.assert(
      fc.property(payload, (value) => {
        try {
          const { tickers } = readTickers(value);
          expect(new Set(tickers).size).to.equal(tickers.length).and.to.be.above(0);
          for (const ticker of tickers) expect(ticker).to.match(/^[A-Za-z0-9^][^\s,]*$/);
        } catch (error) {
          expect(error).to.be.instanceOf(MalformedEventError);
        }
      }),
    );
  });
});

describe('nameSome', () => {
  it('names one symbol as such, and at most ten of several', () => {
    expect(nameSome(['A'])).to.deep.equal({ symbol: 'A' });
    expect(nameSome(['A', 'B'])).to.deep.equal({ symbols: ['A', 'B'] });
    expect(nameSome(Array(1_000).fill('A'))).to.deep.equal({ symbols: Array(10).fill('A') });
  });
});
