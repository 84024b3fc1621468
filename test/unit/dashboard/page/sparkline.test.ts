import { expect } from 'chai';
import { pathEnd, sparklinePath } from 'iex-dashboard/page/sparkline';

describe('the sparkline', () => {
  it('goes from the lowest price to the highest over its height', () => {
    expect(sparklinePath([10, 30, 20])).to.equal('M3.0 21.0L48.0 3.0L93.0 12.0');
  });

  it('has a gap if there is no price', () => {
    expect(sparklinePath([10, null, 20])).to.equal('M3.0 21.0M93.0 3.0');
  });

  it('is in the middle if the price does not change', () => {
    expect(sparklinePath([5, 5])).to.equal('M3.0 12.0L93.0 12.0');
  });

  it('is empty without prices', () => {
    expect(sparklinePath([])).to.equal('');
    expect(sparklinePath([null, null])).to.equal('');
    expect(pathEnd('')).to.equal(undefined);
  });

  it('ends at its last point', () => {
    expect(pathEnd('M3.0 21.0L48.0 3.0')).to.deep.equal({ x: '48.0', y: '3.0' });
  });
});
