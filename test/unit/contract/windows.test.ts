import { expect } from 'chai';
import { newestClosedWindowEnd, WINDOW_OFFSET_MS, WINDOW_PERIOD_MS } from 'iex-contract';
import { WINDOW_OFFSET_SECONDS, WINDOW_PERIOD_SECONDS } from 'iex-dataflow';

describe('the grid of windows', () => {
  it("is the pipeline's", () => {
    expect(WINDOW_PERIOD_MS).to.equal(1000 * WINDOW_PERIOD_SECONDS);
    expect(WINDOW_OFFSET_MS).to.equal(1000 * WINDOW_OFFSET_SECONDS);
  });

  for (const [time, end] of [
    [15_001, 15_000],
    [24_999, 15_000],
    // As in the views, a window is not closed at its very end.
    [25_000, 15_000],
    [25_001, 25_000],
  ] as const) {
    it(`has ${end} ms as its newest closed window's end at ${time} ms`, () => {
      expect(newestClosedWindowEnd(time)).to.equal(end);
    });
  }
});
