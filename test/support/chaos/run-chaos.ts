import { setTimeout as delay } from 'node:timers/promises';
import { resolutions } from 'iex-contract/infrastructure';
import { type Account, takeAccount } from './account.js';
import { type Disturbance, describeDisturbance, type Planned, planDisturbances } from './faults.js';
import { System } from './system.js';

/** As the scheduler of `npm start` has it. */
const ALARM_PERIOD_MS = 60_000;

export interface ChaosOptions {
  /** An empty folder. */
  folder: string;
  durationMs: number;
  seed: number;
  /** What goes wrong; by default what the seed gives. */
  plan?: readonly Planned[];
  symbols: readonly string[];
  /** How long the runner may keep a message before it is delivered again, in s. */
  ackDeadlineSeconds: number;
  /** Called with each disturbance when it begins. */
  onDisturbance?: (what: string, atMs: number) => void;
}

/** The result of a run. */
export interface ChaosReport extends Account {
  /** How often each kind of disturbance happened. */
  disturbances: Map<string, number>;
  /** Dead letters of the pipeline, of all resolutions, and how many there had to be. */
  deadLetters: number;
  deadLettersExpected: number;
  /** Dead letters of Pub/Sub, which the push subscriptions put aside. */
  putAside: number;
  exitCode: number | string;
  /** Whether the disk could be filled. */
  hadDisk: boolean;
}

/** Whether nothing was lost, doubled or left without an explanation. */
export const isSound = (report: ChaosReport) =>
  report.exitCode === 0 &&
  report.deadLetters === report.deadLettersExpected &&
  [report.lost, report.doubled, report.strange, report.unexplained].every(
    (list) => list.length === 0,
  );

/**
 * Runs the whole pipeline while everything around it goes wrong, lets it recover, ends it, and
 * compares its database with what was published.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { durationMs, seed, symbols, ackDeadlineSeconds, onDisturbance } = options;
  const system = await System.start({ ...options, resolutions });
  try {
    const symbol = symbols.at(-1) ?? '';
    const { plan = planDisturbances({ durationMs, seed, symbol, canFillDisk: system.hasDisk }) } =
      options;
    const start = performance.now();
    await Promise.all(
      plan.map(async ({ atMs, ...disturbance }) => {
        await delay(atMs - (performance.now() - start));
        onDisturbance?.(describeDisturbance(disturbance), atMs);
        await system.disturb(disturbance);
      }),
    );
    await delay(Math.max(0, durationMs - (performance.now() - start)));
    const until = Date.now();
    // Whatever the runner held is delivered again by then.
    const released = Math.max(
      ...system.happened.map(({ disturbance, end }) => (concernsRunner(disturbance) ? end : 0)),
    );
    await delay(Math.max(0, released + ackDeadlineSeconds * 1000 + 3000 - until));
    const exitCode = await system.stop();

    const account = takeAccount({
      symbols,
      resolutions,
      alarms: system.audit.alarms(system.start, until, ALARM_PERIOD_MS),
      published: system.audit.published,
      groups: await system.rowGroups(),
      happened: system.happened,
      until,
    });
    const malformed = plan.filter(
      (each) => each.kind === 'malformed' && each.topic === 'iex-aggregate',
    );
    return {
      ...account,
      disturbances: counted(plan.map(describeDisturbance)),
      deadLetters: await system.deadLetterRows(),
      deadLettersExpected: malformed.length * resolutions.length,
      putAside: system.audit.deadLetters,
      exitCode,
      hadDisk: system.hasDisk,
    };
  } finally {
    await system.close();
  }
}

/** Whether the runner may keep messages, because of a disturbance, until they are delivered again. */
const concernsRunner = (disturbance: Disturbance) =>
  ['cut', 'disk'].includes(disturbance.kind) ||
  ('process' in disturbance && disturbance.process === 'runner');

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
