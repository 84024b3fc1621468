import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from 'iex-cli/run-command';
import { stopSignal, untilAborted } from 'iex-cli/stop-signal';
import { liveTable } from './display/live-table.js';
import { plainLines } from './display/plain-lines.js';
import { takeEnvironment } from './environment.js';
import { parseStartOptions, START_HELP } from './start-options.js';

async function main(): Promise<number> {
  const options = parseStartOptions(process.argv.slice(2));
  if (!options) {
    console.log(START_HELP);
    return 0;
  }
  const stop = stopSignal();
  const { stdout, env } = process;
  // A dumb terminal, such as Emacs's shell, cannot move its cursor.
  const isLive = stdout.isTTY && env.TERM !== 'dumb';
  const display = isLive ? liveTable(stdout) : plainLines(console.log);
  // Only here: to say what is wrong with a flag, nobody should have to wait for all parts to load.
  const { LocalRun } = await import('./local-run.js');
  const run = await LocalRun.start({ ...options, shell: takeEnvironment() }, display);
  try {
    display.onStarted(run.parts);
    await untilOver(stop, options.durationSeconds);
  } finally {
    display.onStopping();
    await run.stop();
    display.close();
  }
  return 0;
}

async function untilOver(stop: AbortSignal, durationSeconds: number | undefined): Promise<void> {
  const waits: Promise<unknown>[] = [untilAborted(stop)];
  if (durationSeconds !== undefined) {
    waits.push(delay(durationSeconds * 1000, undefined, { ref: false }));
  }
  await Promise.race(waits);
}

await runCommand(main, { help: 'npm start -- --help' });
