import { expect } from 'chai';
import { planDisturbances } from 'iex-test/support/chaos/faults';

describe('the plan of a chaos run', () => {
  const plan = (seed: number, canFillDisk = true) =>
    planDisturbances({ durationMs: 10 * 60_000, seed, symbol: 'AAPL', canFillDisk });

  it('is the same for the same seed, and another for another', () => {
    expect(plan(1)).to.deep.equal(plan(1));
    expect(plan(1)).not.to.deep.equal(plan(2));
  });

  it('has every kind of disturbance, in order, within the duration', () => {
    const planned = plan(1);
    expect([...new Set(planned.map(({ kind }) => kind))]).to.have.members([
      ...['kill', 'pause', 'api', 'cut', 'malformed', 'repeat', 'disk'],
    ]);
    const times = planned.map(({ atMs }) => atMs);
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).to.be.below(10 * 60_000);
  });

  it('is the same without a disk, but for the disk', () => {
    expect(plan(1, false)).to.deep.equal(plan(1).filter(({ kind }) => kind !== 'disk'));
  });
});
