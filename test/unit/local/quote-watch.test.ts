import { expect } from 'chai';
import { watchQuotes } from 'iex-local/quote-watch';
import { FakeClock } from 'iex-test/support/fake-clock';

describe('watchQuotes', () => {
  let clock: FakeClock;
  let logged: Record<string, string[]>;
  let notices: (string | null)[];
  let watch: ReturnType<typeof watchQuotes>;

  beforeEach(() => {
    clock = new FakeClock();
    logged = { fanOut: [], iexApi: [] };
    notices = [];
    const log = (part: string) => ({ failures: () => logged[part]!.splice(0) });
    watch = watchQuotes(
      {
        logs: { fanOut: log('fanOut'), iexApi: log('iexApi') },
        logFolder: '/logs',
        onNotice: (notice) => notices.push(notice),
      },
      clock,
    );
  });

  it('says nothing as long as quotes arrive in every other slot', () => {
    for (let slot = 0; slot < 10; slot++) {
      clock.advance(20_000);
      watch.arrived(1);
    }
    expect(notices).to.deep.equal([]);
  });

  it('says once, after two slots, why none arrive', () => {
    logged.iexApi!.push('quotes missed: 10 (network): the connection failed (ECONNREFUSED)');
    clock.advance(20_000);
    expect(notices).to.deep.equal([]);
    clock.advance(10_000);
    expect(notices).to.have.length(1);
    expect(notices[0]).to.match(/No quotes arrive.*iexApi: .*ECONNREFUSED.*\/logs/);
    clock.advance(600_000);
    expect(notices).to.have.length(1);
  });

  it('says so too if nothing is logged, or if messages without quotes arrive', () => {
    clock.advance(15_000);
    watch.arrived(0);
    clock.advance(10_000);
    expect(notices).to.have.length(1);
    expect(notices[0]).to.match(/no part has logged why.*\/logs/);
  });

  it('names the last failures of all parts, each once', () => {
    logged.iexApi!.push('first', 'second', 'third', 'second');
    clock.advance(22_000);
    expect(notices[0]).to.include('iexApi: third; iexApi: second (');
    expect(notices[0]).not.to.include('first');
  });

  it('reports a reason that changes, but not more often than every 30 s', () => {
    logged.iexApi!.push('throttled');
    clock.advance(22_000);
    for (let second = 0; second < 60; second++) {
      logged.fanOut!.push(`attempt ${second}`);
      clock.advance(1000);
    }
    expect(notices).to.have.length(3);
    expect(notices[2]).to.match(/attempt 5\d/);
  });

  it('withdraws the notice when quotes arrive again, and forgets earlier failures', () => {
    logged.iexApi!.push('old reason');
    clock.advance(25_000);
    watch.arrived(3);
    expect(notices).to.have.length(2);
    expect(notices[1]).to.equal(null);
    clock.advance(25_000);
    expect(notices).to.have.length(3);
    expect(notices[2]).not.to.include('old reason');
  });

  it('does nothing once it is stopped', () => {
    watch.stop();
    clock.advance(60_000);
    expect(notices).to.deep.equal([]);
    expect(clock.timerCount).to.equal(0);
  });
});
