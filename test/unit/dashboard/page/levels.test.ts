import { expect } from 'chai';
import { ageLevel, deadLetterLevel, isStale, rateLevel } from 'iex-dashboard/page/levels';

describe('levels', () => {
  it('of an age are good, then a warning from 25 s, then critical from a minute', () => {
    expect(ageLevel(0)).to.equal('good');
    expect(ageLevel(24_999)).to.equal('good');
    expect(ageLevel(25_000)).to.equal('warning');
    expect(ageLevel(59_999)).to.equal('warning');
    expect(ageLevel(60_000)).to.equal('critical');
  });

  it('of an age are unknown without a value', () => {
    expect(ageLevel(null)).to.equal('unknown');
  });

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
