import { expect } from 'chai';
import { Faults, faultOrderSchema } from 'iex-local/quote-simulator/faults';

describe('Faults', () => {
  it("prefers a symbol's own fault to the general one", () => {
    const faults = new Faults();
    faults.set({ kind: 'html' });
    faults.set({ kind: 'nullPrice' }, 'aapl');
    expect(faults.of('AAPL')).to.deep.equal({ kind: 'nullPrice' });
    expect(faults.of('MSFT')).to.deep.equal({ kind: 'html' });
  });

  it('switches each off by itself, and all at once', () => {
    const faults = new Faults();
    faults.set({ kind: 'html' });
    faults.set({ kind: 'nullPrice' }, 'AAPL');
    faults.set(undefined, 'AAPL');
    expect(faults.of('AAPL')).to.deep.equal({ kind: 'html' });
    faults.set(undefined);
    expect(faults.of('AAPL')).to.equal(undefined);
    faults.set({ kind: 'html' });
    faults.set({ kind: 'nullPrice' }, 'AAPL');
    faults.clear();
    expect(faults.of('AAPL')).to.equal(undefined);
    expect(faults.of('MSFT')).to.equal(undefined);
  });
});

describe('faultOrderSchema', () => {
  for (const order of [
    { fault: { kind: 'throttled', retryAfter: 3 } },
    { fault: { kind: 'serverError' }, symbol: 'AAPL' },
    { fault: { kind: 'slow', ms: 100 } },
  ]) {
    it(`accepts ${JSON.stringify(order)}`, () => {
      expect(faultOrderSchema.parse(order)).to.deep.equal(order);
    });
  }

  for (const order of [
    undefined,
    {},
    { fault: { kind: 'other' } },
    { fault: { kind: 'slow' } },
    { fault: { kind: 'slow', ms: -1 } },
    { fault: { kind: 'serverError', status: 200 } },
    { fault: { kind: 'html', ms: 1 } },
    { fault: { kind: 'html' }, symbol: '' },
  ]) {
    it(`refuses ${JSON.stringify(order)}`, () => {
      expect(faultOrderSchema.safeParse(order).success).to.equal(false);
    });
  }
});
