import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { millisecondsToWindowEnd, onWindowClosed } from 'iex-local/runner/on-window-closed';
import { FakeClock } from 'iex-test/support/fake-clock';

describe('millisecondsToWindowEnd', () => {
  const full = Date.UTC(2026, 10, 22, 9, 0, 0);
  const cases: [offset: number, milliseconds: number][] = [
    [0, 5_000],
    [4_999, 1],
    [5_000, 0],
    [5_001, 9_999],
    [9_999, 5_001],
    [14_999, 1],
  ];
  for (const [offset, milliseconds] of cases) {
    it(`is ${milliseconds} ms at ${offset} ms past ten seconds`, () => {
      expect(millisecondsToWindowEnd(full + offset)).to.equal(milliseconds);
    });
  }
});

describe('onWindowClosed', () => {
  it('calls once within the second after each end of a window', async () => {
    const clock = new FakeClock();
    const times: number[] = [];
    onWindowClosed(
      async () => {
        times.push(clock.wallTime() % 60_000);
      },
      () => undefined,
      clock,
    );
    for (let second = 0; second < 30; second += 1) {
      clock.advance(1_000);
      await turn();
    }
    expect(times.map((time) => Math.floor(time / 1000))).to.deep.equal([5, 15, 25]);
  });

  it('continues after a call that failed, and reports it', async () => {
    const clock = new FakeClock();
    const errors: string[] = [];
    onWindowClosed(
      () => Promise.reject(new Error('no')),
      ({ message }) => errors.push(message),
      clock,
    );
    for (let i = 0; i < 2; i += 1) {
      clock.advance(10_000);
      await turn();
    }
    expect(errors).to.deep.equal(['no', 'no']);
  });

  it('waits for the call under way when it is ended, and calls no more', async () => {
    const clock = new FakeClock();
    let finish = () => {};
    let calls = 0;
    const stop = onWindowClosed(
      () => {
        calls += 1;
        return new Promise((resolve) => {
          finish = resolve;
        });
      },
      () => undefined,
      clock,
    );
    clock.advance(10_000);
    let stopped = false;
    const stopping = stop().then(() => {
      stopped = true;
    });
    await turn();
    expect(stopped).to.equal(false);
    finish();
    await stopping;
    clock.advance(60_000);
    expect(calls).to.equal(1);
  });
});
