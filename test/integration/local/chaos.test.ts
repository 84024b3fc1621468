import { expect } from 'chai';
import type { Planned } from 'iex-test/support/chaos/faults';
import { type ChaosReport, runChaos } from 'iex-test/support/chaos/run-chaos';
import { temporaryFolder } from 'iex-test/support/folder';

/** A runner that acknowledges quotes before it commits them loses some at each kill amid a burst. */
const PLAN: readonly Planned[] = [
  { atMs: 200, kind: 'malformed', topic: 'iex-aggregate', data: 'not JSON' },
  { atMs: 500, kind: 'kill', process: 'runner', burst: true },
  { atMs: 1000, kind: 'api', fault: { kind: 'serverError' }, durationMs: 1500 },
  { atMs: 1500, kind: 'pause', process: 'fanOut', durationMs: 1500 },
  { atMs: 3000, kind: 'kill', process: 'iexApi' },
  { atMs: 3500, kind: 'cut', connection: 'pubsub', durationMs: 500 },
  { atMs: 4000, kind: 'repeat' },
  { atMs: 4500, kind: 'disk', durationMs: 500 },
  { atMs: 6000, kind: 'kill', process: 'fanOut' },
  { atMs: 6500, kind: 'kill', process: 'runner', burst: true },
];

// `npm run bench -- chaos` does the same for as long as one likes.
describe('npm start, of which everything fails,', function () {
  this.timeout(150_000);
  const folder = temporaryFolder();
  let report: ChaosReport;

  before(async () => {
    report = await runChaos({
      folder,
      // Longer than the first slot, whose alarm can be late; the runner needs as long to recover.
      durationMs: 20_000,
      seed: 1,
      plan: PLAN,
      symbols: ['AAPL', 'GME'],
      ackDeadlineSeconds: 10,
    });
  });

  it('has every published quote in each of its windows, once', () => {
    const { lost, doubled, strange, rowsExpected, rowsFound } = report;
    expect({ lost, doubled, strange }).to.deep.equal({ lost: [], doubled: [], strange: [] });
    expect(rowsFound).to.equal(rowsExpected).and.be.above(0);
  });

  it('keeps each malformed message, once for each resolution', () => {
    expect(report.deadLetters).to.equal(report.deadLettersExpected).and.be.above(0);
  });

  it('misses no quote without a reason', () => {
    expect(report.unexplained).to.deep.equal([]);
    expect(report.slotsExpected).to.be.above(0);
  });

  it('ends in order', () => {
    expect(report.exitCode).to.equal(0);
  });
});
