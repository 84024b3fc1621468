import { expect } from 'chai';
import { DeadlineError, sleepUntil, systemClock, within } from 'iex-function/clock';
import { FakeClock } from './fake-clock.js';
import { rejection } from './rejection.js';

describe('systemClock.at', () => {
  it('never calls back early', async () => {
    for (const ms of [0.4, 1.5, 3.7]) {
      const instant = systemClock.now() + ms;
      await sleepUntil(systemClock, instant);
      expect(systemClock.now()).to.be.at.least(instant);
    }
  });

  it('calls back at once for an instant that is past', () => {
    let called = false;
    systemClock.at(systemClock.now(), () => {
      called = true;
    });
    expect(called).to.equal(true);
  });

  it('does not call back once it is cancelled', async () => {
    const instant = systemClock.now() + 2;
    const cancel = systemClock.at(instant, () => expect.fail('called back'));
    cancel();
    await sleepUntil(systemClock, instant + 2);
  });
});

describe('within', () => {
  it('returns what the work returns', async () => {
    const clock = new FakeClock();
    const work = clock.sleep(99).then(() => 'done');
    expect(await clock.run(within(clock, clock.now() + 100, () => work))).to.equal('done');
  });

  it('rejects at the deadline and aborts the work', async () => {
    const clock = new FakeClock();
    let signal: AbortSignal | undefined;
    const work = within(clock, clock.now() + 100, (given) => {
      signal = given;
      return new Promise(() => {});
    });
    expect(await rejection(clock.run(work))).to.be.instanceOf(DeadlineError);
    expect(clock.now()).to.equal(5_100);
    expect(signal?.aborted).to.equal(true);
  });

  it('passes on what the work throws', async () => {
    const clock = new FakeClock();
    const failure = new Error('no');
    const work = within(clock, clock.now() + 100, () => Promise.reject(failure));
    expect(await rejection(clock.run(work))).to.equal(failure);
  });
});
