/** The command that runs the emulator alone: `npm run emulator`, or `npx iex-pubsub-emulator`. */
import { UsageError } from 'iex-cli/errors';
import { parseFlags } from 'iex-cli/parse-flags';
import { runCommand } from 'iex-cli/run-command';
import { stopSignal, untilAborted } from 'iex-cli/stop-signal';
import { startPubSubEmulator } from './index.js';

const HELP = `Usage: npx iex-pubsub-emulator [--port N]

Runs a Pub/Sub emulator on this machine until Ctrl-C. It listens on loopback only and keeps everything in memory.

  --port N   the port, 0 for a free one (default 8085)
  --help     this text`;

async function main(): Promise<number> {
  const { values } = parseFlags(
    process.argv.slice(2),
    { port: { type: 'string', default: '8085' }, help: { type: 'boolean' } },
    { help: 'npx iex-pubsub-emulator --help' },
  );
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new UsageError(`--port takes a whole number from 0 to 65535, not '${values.port}'`);
  }
  const stop = stopSignal();
  const { host, close } = await startPubSubEmulator({ port });
  console.log(`The Pub/Sub emulator is running. Press Ctrl-C to stop it.
  Clients  export PUBSUB_EMULATOR_HOST=${host}
  REST     curl -X PUT http://${host}/v1/projects/PROJECT/topics/TOPIC`);
  await untilAborted(stop);
  await close();
  return 0;
}

await runCommand(main);
