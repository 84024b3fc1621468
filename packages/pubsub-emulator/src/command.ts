/** The command that runs the emulator alone: `npm run emulator`, or `npx iex-pubsub-emulator`. */
import { OperationalError, UsageError } from 'iex-cli/errors';
import { parseFlags } from 'iex-cli/parse-flags';
import { runCommand } from 'iex-cli/run-command';
import { stopSignal, untilAborted } from 'iex-cli/stop-signal';
import { PubSubEmulatorStartError, SeedError, startPubSubEmulator } from './index.js';

const HELP = `Usage: npx iex-pubsub-emulator [--port N] [--host ADDRESS] [--seed FILE] [--project ID] [--verbose]

Runs a Pub/Sub emulator until Ctrl-C. It keeps everything in memory and checks no credentials.

  --port N        the port, 0 for a free one (default 8085)
  --host ADDRESS  the address to listen on (default 127.0.0.1: this machine only)
  --seed FILE     topics and subscriptions to start with: JSON, or the output of
                  'terraform show -json'
  --project ID    the project of the seed's resources that name none (default emulator)
  --verbose       writes each request to standard error
  --help          this text`;

async function main(): Promise<number> {
  const { values } = parseFlags(
    process.argv.slice(2),
    {
      port: { type: 'string', default: '8085' },
      host: { type: 'string', default: '127.0.0.1' },
      seed: { type: 'string' },
      project: { type: 'string', default: 'emulator' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean' },
    },
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
  const { host, close } = await start({
    port,
    host: values.host,
    project: values.project,
    ...(values.seed !== undefined && { seed: values.seed }),
    ...(values.verbose && { log: console.error }),
  });
  console.log(`The Pub/Sub emulator is running. Press Ctrl-C to stop it.
  Clients  export PUBSUB_EMULATOR_HOST=${host}
  REST     curl -X PUT http://${host}/v1/projects/PROJECT/topics/TOPIC
  Reset    curl -X POST http://${host}/reset`);
  await untilAborted(stop);
  await close();
  return 0;
}

/** Starts the emulator; what the user can fix is shown in one line. */
async function start(options: Parameters<typeof startPubSubEmulator>[0]) {
  try {
    return await startPubSubEmulator(options);
  } catch (error) {
    if (!(error instanceof PubSubEmulatorStartError || error instanceof SeedError)) throw error;
    throw new OperationalError(error.message, { cause: error });
  }
}

await runCommand(main);
