import { expect } from 'chai';
import { ThroughputMeter } from 'iex-local/runner/throughput-meter';
import { FakeClock } from 'iex-test/support/fake-clock';

describe('ThroughputMeter', () => {
  const batch = (resolutionMinutes: number, quotes: number) => ({
    resolutionMinutes,
    quotes,
    rows: quotes * 6 * resolutionMinutes,
    deadLetters: 0,
  });

  it('has counted nothing at first', () => {
    expect(new ThroughputMeter(new FakeClock()).health()).to.deep.equal({
      quotes: 0,
      rows: 0,
      quotesPerSecond: 0,
      rowsPerSecond: 0,
      notice: null,
    });
  });

  it('passes on why no quotes arrive', () => {
    const meter = new ThroughputMeter(new FakeClock());
    meter.notice = 'No quotes arrive';
    expect(meter.health().notice).to.equal('No quotes arrive');
  });

  it('counts a quote once, and the rows of all resolutions', () => {
    const meter = new ThroughputMeter(new FakeClock());
    meter.add(batch(1, 10));
    meter.add(batch(5, 10));
    expect(meter.health()).to.include({ quotes: 10, rows: 60 + 300 });
  });

  it('has the mean of the last minute', () => {
    const clock = new FakeClock();
    const meter = new ThroughputMeter(clock);
    for (let slot = 0; slot < 30; slot += 1) {
      clock.advance(10_000);
      meter.add(batch(1, slot < 15 ? 1000 : 20));
    }
    expect(meter.health()).to.include({ quotesPerSecond: 2, rowsPerSecond: 12 });
  });

  it('has the mean of the whole run during its first minute', () => {
    const clock = new FakeClock();
    const meter = new ThroughputMeter(clock);
    meter.add(batch(1, 10));
    clock.advance(20_000);
    expect(meter.health().quotesPerSecond).to.equal(0.5);
  });

  it('falls to zero when nothing more arrives, and keeps its totals', () => {
    const clock = new FakeClock();
    const meter = new ThroughputMeter(clock);
    meter.add(batch(1, 10));
    clock.advance(61_000);
    expect(meter.health()).to.include({ quotes: 10, quotesPerSecond: 0 });
  });
});
