import { expect } from 'chai';
import { DeadlineError, systemClock, within } from '../../../function/src/clock.js';
import { FakeClock } from './fake-clock.js';
import { rejection } from './rejection.js';

describe('systemClock.sleepUntil', () => {
  it('never wakes early', async () => {
    for (const ms of [0.4, 1.5, 3.7]) {
      const instant = systemClock.monotonic() + ms;
      await systemClock.sleepUntil(instant);
      expect(systemClock.monotonic()).to.be.at.least(instant);
    }
  });

  it('does not wait for an instant that is past', async () => {
    await systemClock.sleepUntil(systemClock.monotonic() - 1);
  });

  it('ends as soon as its signal aborts, before or after it has begun', async () => {
    const start = systemClock.monotonic();
    const controller = new AbortController();
    const sleeping = systemClock.sleepUntil(start + 60_000, controller.signal);
    controller.abort();
    await sleeping;
    await systemClock.sleepUntil(start + 60_000, controller.signal);
    expect(systemClock.monotonic() - start).to.be.below(1_000);
  });
});

describe('within', () => {
  it('returns what the work returns', async () => {
    const clock = new FakeClock();
    const work = clock.sleep(99).then(() => 'done');
    expect(await clock.run(within(clock, clock.monotonic() + 100, () => work))).to.equal('done');
  });

  it('rejects at the deadline and aborts the work', async () => {
    const clock = new FakeClock();
    let signal: AbortSignal | undefined;
    const work = within(clock, clock.monotonic() + 100, (given) => {
      signal = given;
      return new Promise(() => {});
    });
    expect(await rejection(clock.run(work))).to.be.instanceOf(DeadlineError);
    expect(clock.monotonic()).to.equal(5_100);
    expect(signal?.aborted).to.equal(true);
  });

  it('passes on what the work throws', async () => {
    const clock = new FakeClock();
    const failure = new Error('no');
    const work = within(clock, clock.monotonic() + 100, () => Promise.reject(failure));
    expect(await rejection(clock.run(work))).to.equal(failure);
  });
});
