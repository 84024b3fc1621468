import { expect } from 'chai';
import { PushBackoff } from 'iex-pubsub-emulator/push/backoff';
import { FakeClock } from 'iex-test/support/fake-clock';

describe('PushBackoff', () => {
  let clock: FakeClock;
  let ended: number;
  let backoff: PushBackoff;

  beforeEach(() => {
    clock = new FakeClock();
    ended = 0;
    backoff = new PushBackoff(clock, () => {
      ended += 1;
    });
  });

  /** Lets one push after the other fail, and returns how long each delayed the next one, in ms. */
  function delays(count: number, unreachable: boolean): number[] {
    return Array.from({ length: count }, () => {
      backoff.failed(clock.now(), unreachable);
      let delay = 0;
      for (; backoff.isActive; delay += 50) clock.advance(50);
      return delay;
    });
  }

  it('is not active before anything fails', () => {
    expect(backoff.isActive).to.equal(false);
  });

  it('grows from 100 ms to 60 s, doubling', () => {
    expect(delays(12, false)).to.deep.equal([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 60_000, 60_000,
    ]);
    expect(ended).to.equal(12);
  });

  it('stays at 1 s while nothing listens at the endpoint', () => {
    expect(delays(6, true)).to.deep.equal([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('counts a thousand pushes that fail together as one failure', () => {
    const sentAt = clock.now();
    clock.advance(10);
    for (let i = 0; i < 500; i++) backoff.failed(sentAt, false);
    clock.advance(100);
    expect(backoff.isActive).to.equal(false);
    for (let i = 0; i < 500; i++) backoff.failed(sentAt, false);
    expect(backoff.isActive).to.equal(false);
    expect(delays(1, false)).to.deep.equal([200]);
  });

  it('ends at the first success and starts again', () => {
    delays(5, false);
    backoff.failed(clock.now(), false);
    backoff.reset();
    expect(backoff.isActive).to.equal(false);
    expect(clock.timerCount).to.equal(0);
    expect(delays(1, false)).to.deep.equal([100]);
  });
});
