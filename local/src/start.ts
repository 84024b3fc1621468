import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from 'iex-cli/run-command';
import { liveTable } from './display/live-table.js';
import { plainLines } from './display/plain-lines.js';
import { LocalRun } from './local-run.js';
import { parseStartOptions, START_HELP } from './start-options.js';

const PARENT_POLL_MS = 500;
const EXIT_CODE_INTERRUPTED = 130;

async function main(): Promise<number> {
  const options = parseStartOptions(process.argv.slice(2));
  if (!options) {
    console.log(START_HELP);
    return 0;
  }
  const stop = stopSignal();
  const display = process.stdout.isTTY ? liveTable(process.stdout) : plainLines(console.log);
  const run = await LocalRun.start(options, display);
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

/** Aborted when the process is asked to end. Asked again, it ends at once, and its children with it. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT_CODE_INTERRUPTED);
    controller.abort();
  };
  // The listeners stay: where there is none, what keeps the terminal's cursor ends the process on a signal.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  // The shell that npm runs a script in dies of a SIGTERM without passing it on.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && controller.abort(), PARENT_POLL_MS).unref();
  return controller.signal;
}

async function untilOver(stop: AbortSignal, durationSeconds: number | undefined): Promise<void> {
  if (stop.aborted) return;
  const waits: Promise<unknown>[] = [once(stop, 'abort')];
  if (durationSeconds !== undefined) {
    waits.push(delay(durationSeconds * 1000, undefined, { ref: false }));
  }
  await Promise.race(waits);
}

await runCommand(main);
