import { expect } from 'chai';
import { TickReport } from 'iex-function/tick-report';

describe('TickReport', () => {
  it('counts published quotes, and missed quotes by reason', () => {
    const report = new TickReport();
    report.published();
    report.missed('late', 3);
    report.missed('timeout');
    report.missed('timeout');
    report.missed('no_price', 0);
    expect(report.publishedCount).to.equal(1);
    expect(report.missedCount).to.equal(5);
    expect(report.fields()).to.deep.equal({
      published: 1,
      missed: 5,
      missed_by_reason: { late: 3, timeout: 2 },
      latency_ms: undefined,
      slot_lag_ms: undefined,
    });
  });

  it('summarizes how late slots began', () => {
    const report = new TickReport();
    for (const lag of [0.2, 30, 0.3]) report.began(lag);
    expect(report.fields()).to.deep.include({ slot_lag_ms: { p50: 0, max: 30 } });
  });

  for (const [latencies, p50, max] of [
    [[7], 7, 7],
    [[9, 1], 1, 9],
    [[5.4, 100.6, 1], 5, 101],
    [[4, 3, 2, 1], 2, 4],
  ] as const) {
    it(`summarizes latencies of ${latencies.join(', ')} ms as p50 ${p50} and max ${max}`, () => {
      const report = new TickReport();
      for (const latency of latencies) report.responded(latency);
      expect(report.fields()).to.deep.include({ latency_ms: { p50, max } });
    });
  }
});
