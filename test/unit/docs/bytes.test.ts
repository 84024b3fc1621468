import { expect } from 'chai';
import {
  bytesOfWindows,
  dashboardQueries,
  refreshBytes,
  tickBytes,
} from '../../../docs/costs/bytes.js';

const DAY = 86_400;

describe('the bytes of the window engine in BigQuery', () => {
  it('of a tick are counted by hand', () => {
    // Symbol, price and event time.
    const refused = 2 + 4 + 8 + 8;
    // Publish time, message ID and attributes.
    const quotes = refused + 8 + (2 + 17) + (2 + 39);
    const stored = quotes + 2 + 56;
    expect(tickBytes).to.deep.equal({ stored, quotes, refused: refused + 8 });
  });

  it('of a window are those of 25 minutes, or of its day', () => {
    const bytesPerSecond = 10 * 0.1 * tickBytes.quotes;
    expect(bytesOfWindows(10, 0)).to.deep.equal({
      least: 25 * 60 * bytesPerSecond,
      most: DAY * bytesPerSecond,
    });
  });

  it('of a year are those of its days and of the last minutes before it', () => {
    const bytesPerSecond = 100 * 0.1 * tickBytes.quotes;
    const { least, most } = bytesOfWindows(100, 365 * DAY);
    expect(least).to.be.closeTo((365 * DAY + 1500) * bytesPerSecond, 1);
    expect(most).to.be.closeTo(366 * DAY * bytesPerSecond, 1);
  });

  it('of dead letters are independent of how much is stored', () => {
    const { most } = dashboardQueries(10_000).at(-1)!;
    expect(most).to.equal(refreshBytes(10_000, 1800));
    expect(most).to.be.below(60e6);
  });
});
