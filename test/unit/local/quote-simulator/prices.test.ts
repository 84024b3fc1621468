import { expect } from 'chai';
import { priceSchema } from 'iex-contract';
import { createPrices } from 'iex-local/quote-simulator/prices';

const START = Date.parse('2026-11-22T09:00:00Z');
const DAY_MS = 86_400_000;

describe('createPrices', () => {
  const priceAt = createPrices(7);

  it('gives the same prices for the same seed, in any order of requests', () => {
    const times = Array.from({ length: 50 }, (_, index) => START + index * 997);
    const prices = times.map((time) => priceAt('AAPL', time));
    const again = createPrices(7);
    const backwards = times.toReversed().map((time) => again('AAPL', time));
    expect(backwards.toReversed()).to.deep.equal(prices);
  });

  it('gives other prices for another seed or symbol', () => {
    expect(createPrices(8)('AAPL', START)).not.to.equal(priceAt('AAPL', START));
    expect(priceAt('MSFT', START)).not.to.equal(priceAt('AAPL', START));
  });

  it('changes the price every second and not in between', () => {
    const prices = Array.from({ length: 10 }, (_, second) =>
      priceAt('AAPL', START + second * 1_000),
    );
    expect(new Set(prices).size).to.be.above(5);
    expect(priceAt('AAPL', START + 999)).to.equal(priceAt('AAPL', START));
  });

  it('moves by about a tenth of a percent a second', () => {
    let sum = 0;
    let count = 0;
    for (let symbol = 0; symbol < 20; symbol++) {
      for (let second = 0; second < 100; second++) {
        const [from, to] = [second, second + 1].map((at) =>
          priceAt(`S${symbol}`, START + at * 1_000),
        );
        // Cents are too coarse a measure for the cheapest shares.
        if (!from || !to || from < 50) continue;
        sum += Math.log(to / from) ** 2;
        count++;
      }
    }
    expect(Math.sqrt(sum / count)).to.be.within(0.0009, 0.0011);
  });

  it('has no jump between one bridge and the next', () => {
    const end = Math.ceil(START / 65_536_000) * 65_536_000;
    const [before, after] = [priceAt('AAPL', end - 1_000), priceAt('AAPL', end)];
    expect(Math.abs(after / before - 1)).to.be.below(0.006);
  });

  it('remains a price of dollars and cents for years', () => {
    for (let symbol = 0; symbol < 100; symbol++) {
      for (let day = 0; day < 20; day++) {
        const price = priceAt(`S${symbol}`, START + day * 40.3 * DAY_MS);
        expect(price).to.be.within(3, 800);
        expect(priceSchema.safeParse(price).success).to.equal(true);
        expect(Math.round(price * 100)).to.be.closeTo(price * 100, 1e-6);
      }
    }
  });
});
