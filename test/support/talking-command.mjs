/**
 * A command that writes to both outputs until it is stopped, and then writes a file:
 * `talking-command.mjs FILE`.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from 'iex-cli/run-command';
import { stopSignal } from 'iex-cli/stop-signal';

await runCommand(async () => {
  const stop = stopSignal();
  while (!stop.aborted) {
    console.log('line');
    console.error('progress');
    await delay(10);
  }
  console.log('stopping');
  console.error('stopping');
  writeFileSync(process.argv[2] ?? '', 'ended in order');
  return 0;
});
