import { expect } from 'chai';
import { type ChaosReport, runChaos } from 'iex-test/support/chaos/run-chaos';
import { temporaryFolder } from 'iex-test/support/folder';

// `npm run bench -- chaos` does the same for as long as one likes.
describe('npm start, of which everything fails for 30 s,', function () {
  this.timeout(150_000);
  const folder = temporaryFolder();
  let report: ChaosReport;

  before(async () => {
    report = await runChaos({
      folder,
      durationMs: 30_000,
      // It kills each process, and has nearly every kind of disturbance.
      seed: 2792,
      symbols: ['AAPL', 'GME'],
      ackDeadlineSeconds: 10,
    });
  });

  it('was killed and refused in many ways', () => {
    const names = [...report.disturbances.keys()].join('\n');
    for (const part of [
      ...['runner was killed', 'iexApi was killed', 'fanOut was killed', 'fanOut was paused'],
      ...['quote API failed', 'Pub/Sub were cut', 'malformed message on iex-aggregate'],
    ]) {
      expect(names).to.contain(part);
    }
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
