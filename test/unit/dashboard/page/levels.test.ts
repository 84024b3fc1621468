import { expect } from 'chai';
import {
  deadLetterLevel,
  isStale,
  quoteAgeLevel,
  rateLevel,
  windowLagLevel,
} from 'iex-dashboard/page/levels';

describe('levels', () => {
  for (const [name, level] of Object.entries({ quoteAgeLevel, windowLagLevel })) {
    it(`${name} is good, then a warning from 25 s, then critical from a minute`, () => {
      expect(level(0)).to.equal('good');
      expect(level(24_999)).to.equal('good');
      expect(level(25_000)).to.equal('warning');
      expect(level(59_999)).to.equal('warning');
      expect(level(60_000)).to.equal('critical');
    });

    it(`${name} is unknown without a value`, () => {
      expect(level(null)).to.equal('unknown');
    });
  }

  it('warn at the first dead letter of an hour, and are critical from the hundredth', () => {
    expect([0, 1, 99, 100].map(deadLetterLevel)).to.eql(['good', 'warning', 'warning', 'critical']);
  });

  it('warn if nothing arrives', () => {
    expect([0, 0.1].map(rateLevel)).to.eql(['warning', 'good']);
  });

  it('count data that is a minute old as stale', () => {
    expect([null, 59_999, 60_000].map(isStale)).to.eql([false, false, true]);
  });
});
