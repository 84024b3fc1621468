import { expect } from 'chai';
import { newestClosedWindowEnd, rowsPerQuote } from 'iex-contract';
import { runBatch } from 'iex-dataflow';

describe('the grid of windows', () => {
  it("is the pipeline's", async () => {
    const quote = { symbol: 'A', latest_price: 1, event_time: '2026-11-22T09:00:10.123Z' };
    const payload = Buffer.from(JSON.stringify(quote));
    const { rows } = await runBatch([{ payload }], [1, 60]);
    expect(rows).to.have.lengthOf(rowsPerQuote([1, 60]));
    for (const { window_end } of rows) {
      const end = window_end / 1000;
      expect(newestClosedWindowEnd(end + 1)).to.equal(end);
    }
  });

  for (const [time, end] of [
    [15_001, 15_000],
    [24_999, 15_000],
    // As in the views, a window is not closed yet at the exact time of its end.
    [25_000, 15_000],
    [25_001, 25_000],
  ] as const) {
    it(`has ${end} ms as its newest closed window's end at ${time} ms`, () => {
      expect(newestClosedWindowEnd(time)).to.equal(end);
    });
  }
});
