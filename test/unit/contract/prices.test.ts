import { expect } from 'chai';
import fc from 'fast-check';
import { LOWEST_PRICE, PRICE_LIMIT, priceSchema } from 'iex-contract';

describe('the bounds of a price', () => {
  it('accept the prices of shares and coins', () => {
    for (const price of [LOWEST_PRICE, 8.7e-9, 8.7e-6, 0.01, 150.25, 750_000, 999_999_999.99]) {
      expect(priceSchema.safeParse(price).success, String(price)).to.equal(true);
    }
  });

  it('refuse values that are too low, too high or not a number', () => {
    for (const price of [5e-324, 1e-300, 9.99e-13, 0, -1, PRICE_LIMIT, 1e300, Infinity, NaN, '1']) {
      expect(priceSchema.safeParse(price).success, String(price)).to.equal(false);
    }
  });

  it('keep means and gains finite, and gains of prices that differ not 0', () => {
    const price = fc
      .double({ min: LOWEST_PRICE, max: PRICE_LIMIT, maxExcluded: true, noNaN: true })
      .filter((value) => priceSchema.safeParse(value).success);
    const prices = fc.tuple(
      fc.oneof(price, fc.constantFrom(LOWEST_PRICE, PRICE_LIMIT - 1)),
      fc.oneof(price, fc.constantFrom(LOWEST_PRICE, PRICE_LIMIT - 1)),
    );
    fc.assert(
      fc.property(prices, ([first, last]) => {
        const gain = (100 * (last - first)) / first;
        expect(gain).to.satisfy(Number.isFinite);
        expect(gain === 0).to.equal(first === last);
        expect((first + last) / 2)
          .to.be.above(0)
          .and.below(PRICE_LIMIT);
      }),
    );
  });
});
