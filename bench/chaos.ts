import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperationalError, parseFlags } from 'iex-cli';
import { positiveNumber } from 'iex-cli/flag-values';
import { symbols } from 'iex-contract/infrastructure';
import { type ChaosReport, isSound, runChaos } from 'iex-test/support/chaos/run-chaos';

/** As in the deployed subscriptions, in s. */
const ACK_DEADLINE_SECONDS = 30;

/** The most items of a list that are shown. */
const SHOWN = 10;

/**
 * Runs the whole local pipeline for some minutes while its processes are killed and paused, its
 * connections cut, its quote API fails, its disk is full and malformed messages arrive. The same
 * seed gives the same disturbances.
 *
 *     npm run bench -- chaos [--minutes N] [--seed N]
 *
 * @throws {OperationalError} if a row is lost or doubled, or if nothing explains a missing slot
 */
export async function benchChaos(args: readonly string[]): Promise<void> {
  const { values } = parseFlags(args, {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  });
  const minutes = positiveNumber('--minutes', values.minutes);
  const seed = positiveNumber('--seed', values.seed);
  const folder = mkdtempSync(join(tmpdir(), 'iex-chaos-'));
  console.log(`${minutes} minutes with seed ${seed}, in ${folder}`);
  const report = await runChaos({
    ...{ folder, seed, symbols, ackDeadlineSeconds: ACK_DEADLINE_SECONDS },
    durationMs: minutes * 60_000,
    onDisturbance: (what, atMs) =>
      console.log(`${(atMs / 1000).toFixed(1).padStart(7)} s  ${what}`),
  });
  show(report);
  if (!isSound(report)) {
    throw new OperationalError(`This must not happen: the logs and the database are in ${folder}`);
  }
  rmSync(folder, { recursive: true, force: true });
}

function show(report: ChaosReport): void {
  const { explained, unexplained, lost, doubled, strange } = report;
  console.log('\nDisturbances');
  console.table(Object.fromEntries(report.disturbances));
  if (!report.hadDisk) console.log('The disk was not filled: only root can mount a small one.');
  console.table({
    'slots expected': report.slotsExpected,
    'quotes published': report.slotsPublished,
    'slots missing, explained': report.slotsExpected - report.slotsPublished - unexplained.length,
    'slots missing, unexplained': unexplained.length,
    'rows expected': report.rowsExpected,
    'rows found': report.rowsFound,
    'quotes that lost rows': lost.length,
    'quotes with doubled rows': doubled.length,
    'quotes that nobody published': strange.length,
    'dead letters expected': report.deadLettersExpected,
    'dead letters found': report.deadLetters,
    'messages put aside by Pub/Sub': report.putAside,
    'exit code of npm start': report.exitCode,
  });
  console.log('Missing slots by their cause');
  console.table(Object.fromEntries(explained));
  for (const [name, list] of Object.entries({ unexplained, lost, doubled, strange })) {
    if (list.length > 0) console.log(`${name}: ${list.slice(0, SHOWN).join('; ')}`);
  }
}
