import { expect } from 'chai';
import { systemClock } from 'iex-cli/clock';
import { DeadlineError, sleepUntil, within } from 'iex-function/deadlines';
import { FakeClock } from 'iex-test/support/fake-clock';
import { rejection } from './rejection.js';

describe('sleepUntil', () => {
  it('never ends early', async () => {
    for (const ms of [0.4, 1.5, 3.7]) {
      const instant = systemClock.now() + ms;
      await sleepUntil(systemClock, instant);
      expect(systemClock.now()).to.be.at.least(instant);
    }
  });

  it('ends at once for an instant that is past', async () => {
    const clock = new FakeClock(undefined, 5_000);
    await sleepUntil(clock, 5_000);
    expect(clock.timerCount).to.equal(0);
  });

  it('waits again if a timer fires early', async () => {
    const clock = new FakeClock(undefined, 5_000);
    const hasty = {
      now: () => clock.now(),
      wallTime: () => clock.wallTime(),
      schedule: (delay: number, callback: () => void) =>
        clock.schedule(Math.max(delay / 2, 0.1), callback),
    };
    await clock.run(sleepUntil(hasty, 5_000.5));
    expect(clock.now()).to.be.at.least(5_000.5);
  });
});

describe('within', () => {
  it('returns what the work returns', async () => {
    const clock = new FakeClock(undefined, 5_000);
    const work = clock.sleep(99).then(() => 'done');
    expect(await clock.run(within(clock, clock.now() + 100, () => work))).to.equal('done');
  });

  it('rejects at the deadline and aborts the work', async () => {
    const clock = new FakeClock(undefined, 5_000);
    let signal: AbortSignal | undefined;
    const work = within(clock, clock.now() + 100, (given) => {
      signal = given;
      return new Promise(() => {});
    });
    expect(await rejection(clock.run(work))).to.be.instanceOf(DeadlineError);
    expect(clock.now()).to.equal(5_100);
    expect(signal?.aborted).to.equal(true);
  });

  it('leaves no timer behind when the work has ended', async () => {
    const clock = new FakeClock(undefined, 5_000);
    await clock.run(within(clock, 5_100, async () => 'done'));
    expect(clock.timerCount).to.equal(0);
  });

  it('passes on what the work throws', async () => {
    const clock = new FakeClock(undefined, 5_000);
    const failure = new Error('no');
    const work = within(clock, clock.now() + 100, () => Promise.reject(failure));
    expect(await rejection(clock.run(work))).to.equal(failure);
  });
});
