import { expect } from 'chai';
import { slotsLeft, TICK_MS, tickAge } from 'iex-function/slots';

const NOW = Date.parse('2026-11-22T09:00:00Z');
const MONOTONIC = 123_456.75;

const slotsAt = (ageMs: number) => slotsLeft(ageMs, MONOTONIC);

describe('slotsLeft', () => {
  it('returns six slots of ten seconds from the publish time on', () => {
    expect(slotsAt(0)).to.deep.equal(
      [0, 1, 2, 3, 4, 5].map((index) => ({
        index,
        start: MONOTONIC + index * 10_000,
        end: MONOTONIC + (index + 1) * 10_000,
      })),
    );
  });

  it('counts from the publish time when the message is handled later', () => {
    const [first] = slotsAt(1_234);
    expect(first).to.deep.equal({
      index: 0,
      start: MONOTONIC - 1_234,
      end: MONOTONIC - 1_234 + 10_000,
    });
  });

  for (const [ageMs, indexes] of [
    [9_999, [0, 1, 2, 3, 4, 5]],
    [10_000, [1, 2, 3, 4, 5]],
    [59_999, [5]],
    [60_000, []],
    [86_400_000, []],
  ] as const) {
    it(`returns ${indexes.length} slots of a tick that is ${ageMs} ms old`, () => {
      expect(slotsAt(ageMs).map(({ index }) => index)).to.deep.equal(indexes);
    });
  }

  it('returns no slots of a tick that is over', () => {
    expect(slotsAt(TICK_MS)).to.deep.equal([]);
    expect(slotsAt(TICK_MS - 1)).to.have.length(1);
  });
});

describe('tickAge', () => {
  it('is the time since the tick was published', () => {
    expect(tickAge(NOW - 1_234, NOW)).to.equal(1_234);
  });

  it('is 0 for a publish time in the future, and without one', () => {
    expect(tickAge(NOW + 5_000, NOW)).to.equal(0);
    expect(tickAge(undefined, NOW)).to.equal(0);
  });
});
