/** The command that runs the emulator alone: `npm run emulator`, or `npx iex-pubsub-emulator`. */
import { getHeapStatistics } from 'node:v8';
import { OperationalError } from 'iex-cli/errors';
import { wholeNumber } from 'iex-cli/flag-values';
import { parseFlags } from 'iex-cli/parse-flags';
import { runCommand } from 'iex-cli/run-command';
import { stopSignal, untilAborted } from 'iex-cli/stop-signal';
import { PubSubEmulatorStartError, SeedError, startPubSubEmulator } from './index.js';

const MIB = 2 ** 20;

/** In MiB. */
const DEFAULT_MAX_MEMORY = Math.floor((0.8 * getHeapStatistics().heap_size_limit) / MIB);

const HELP = `Usage: npx iex-pubsub-emulator [--port N] [--host ADDRESS] [--seed FILE] [options]

Runs a Pub/Sub emulator until Ctrl-C. It keeps everything in memory and checks no credentials.

  --port N        the port, 0 for a free one (default 8085)
  --host ADDRESS  the address to listen on (default 127.0.0.1: this machine only)
  --seed FILE     topics and subscriptions to start with: JSON, or the output of
                  'terraform show -json'
  --project ID    the project of the seed's resources that name none (default emulator)
  --max-memory N  MiB that the process may use before publishing fails with RESOURCE_EXHAUSTED
                  (default ${DEFAULT_MAX_MEMORY}: 80 % of what Node.js allows)
  --verbose       writes each request to standard error
  --help          this text`;

async function main(): Promise<number> {
  const { values } = parseFlags(process.argv.slice(2), {
    port: { type: 'string', default: '8085' },
    host: { type: 'string', default: '127.0.0.1' },
    seed: { type: 'string' },
    project: { type: 'string', default: 'emulator' },
    'max-memory': { type: 'string', default: String(DEFAULT_MAX_MEMORY) },
    verbose: { type: 'boolean' },
    help: { type: 'boolean' },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const port = wholeNumber('--port', values.port, { least: 0, most: 65_535 });
  const mebibytes = wholeNumber('--max-memory', values['max-memory'], { least: 1, most: 2 ** 20 });
  const stop = stopSignal();
  const { host, close } = await start({
    port,
    host: values.host,
    project: values.project,
    maxMemory: MIB * mebibytes,
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

await runCommand(main, { help: 'npx iex-pubsub-emulator --help' });
