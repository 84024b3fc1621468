import { expect } from 'chai';
import { alarmMessages, startScheduler } from 'iex-local/scheduler';
import { FakeClock } from 'iex-test/support/fake-clock';

describe('startScheduler', () => {
  const ignore = () => undefined;

  it('starts at once, and then every minute, counted from the start', () => {
    const clock = new FakeClock();
    clock.advance(12_345);
    const times: number[] = [];
    const alarm = async () => times.push(clock.now() - 12_345);
    startScheduler(alarm, ignore, clock);
    clock.advance(180_000);
    expect(times).to.deep.equal([0, 60_000, 120_000, 180_000]);
  });

  it('does not drift when its timer is late', () => {
    const clock = new FakeClock();
    const late = {
      ...bound(clock),
      schedule: (ms: number, f: () => void) => clock.schedule(ms + 40, f),
    };
    const times: number[] = [];
    startScheduler(async () => times.push(clock.now()), ignore, late);
    clock.advance(600_100);
    expect(times.at(-1)).to.equal(600_040);
  });

  it('continues after an alarm that failed, and reports it', async () => {
    const clock = new FakeClock();
    const errors: string[] = [];
    let alarms = 0;
    const failing = async () => {
      alarms += 1;
      throw new Error(`alarm ${alarms}`);
    };
    startScheduler(failing, ({ message }) => errors.push(message), clock);
    clock.advance(60_000);
    await Promise.resolve();
    expect(alarms).to.equal(2);
    expect(errors).to.deep.equal(['alarm 1', 'alarm 2']);
  });

  it('does not start again once it was ended', () => {
    const clock = new FakeClock();
    let alarms = 0;
    const stop = startScheduler(async () => alarms++, ignore, clock);
    stop();
    clock.advance(600_000);
    expect(alarms).to.equal(1);
    expect(clock.timerCount).to.equal(0);
  });

  function bound(clock: FakeClock) {
    return { now: () => clock.now(), wallTime: () => clock.wallTime() };
  }
});

describe('alarmMessages', () => {
  const topics = { fanOut: 'fan-out', ingest: 'ingest' };

  it('is one message with all symbols for the fan-out', () => {
    expect(alarmMessages('fan_out', ['A', 'B'], topics)).to.deep.equal([
      { topic: 'fan-out', json: { tickers: ['A', 'B'] } },
    ]);
  });

  it('is one message for each symbol, directly to the ingest topic, in the original mode', () => {
    expect(alarmMessages('per_symbol', ['A', 'B'], topics)).to.deep.equal([
      { topic: 'ingest', json: { ticker: 'A' } },
      { topic: 'ingest', json: { ticker: 'B' } },
    ]);
  });
});
