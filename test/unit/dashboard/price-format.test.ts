import { expect } from 'chai';
import { formatPrice } from 'iex-dashboard/price-format';

describe('how prices are written', () => {
  for (const [price, text] of [
    [1_234_567.891, '1,234,567.89'],
    [999_999_999.99, '999,999,999.99'],
    [53.5, '53.50'],
    [1, '1.00'],
    [0.99999, '1.0000'],
    [0.87654, '0.8765'],
    [0.5, '0.5000'],
    [0.000123456, '0.0001235'],
    [0.0000087, '0.0000087'],
    [0.000001, '0.000001'],
    [1e-7, '0.0000001'],
    [8.7e-9, '8.7e-9'],
    [1.23456e-12, '1.235e-12'],
    [5e-324, '5e-324'],
    [0, '0.0000'],
  ] as const) {
    it(`${price} as ${text}`, () => expect(formatPrice(price)).to.equal(text));
  }

  it('never as zero if it is not', () => {
    for (let exponent = -323; exponent <= 8; exponent++) {
      expect(Number(formatPrice(10 ** exponent).replaceAll(',', '')), `1e${exponent}`).to.be.above(
        0,
      );
    }
  });
});
