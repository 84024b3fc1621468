import { expect } from 'chai';
import { systemClock } from 'iex-cli/clock';
import { paceOf } from 'iex-local/publish/pace';
import { FakeClock } from 'iex-test/support/fake-clock';

describe('paceOf', () => {
  it('has one message due at the start, then as many as the rate says, and makes up for late ones', async () => {
    const clock = new FakeClock();
    const take = paceOf(clock, 100);
    expect(await take(1000)).to.equal(1);
    clock.advance(50);
    expect(await take(1000)).to.equal(5);
    clock.advance(1000);
    expect(await take(60)).to.equal(60);
    expect(await take(1000)).to.equal(40);
  });

  it('has all messages due without a rate', async () => {
    expect(await paceOf(new FakeClock())(1000)).to.equal(1000);
  });

  it('ends the wait for a message of next week when it is interrupted', async () => {
    const take = paceOf(systemClock, 1 / (7 * 86_400));
    await take(1);
    const interrupted = new AbortController();
    const taken = take(1, interrupted.signal);
    interrupted.abort();
    expect(await taken).to.equal(0);
    expect(await take(1, AbortSignal.abort())).to.equal(0);
  });
});
