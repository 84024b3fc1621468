import { UsageError } from 'iex-cli/errors';
import { runCommand } from 'iex-cli/run-command';
import { benchChaos } from './chaos.js';
import { benchDashboard } from './dashboard.js';
import { benchDataflow } from './dataflow/bench.js';
import { benchFlinkChaos } from './flink/chaos.js';
import { benchStream } from './flink/throughput.js';
import { benchFunction } from './function.js';
import { benchPubSubEmulator } from './pubsub-emulator.js';
import { benchSoak } from './soak/bench.js';

console.debug = () => undefined;
process.env.METADATA_SERVER_DETECTION = 'none';

const benches: Record<string, () => Promise<void>> = {
  emulator: () => benchPubSubEmulator(),
  dataflow: benchDataflow,
  stream: () => benchStream(),
  'flink-chaos': benchFlinkChaos,
  function: benchFunction,
  dashboard: benchDashboard,
};

/** These take as long as their flags say, so only on request. */
const onRequest: Record<string, (flags: readonly string[]) => Promise<void>> = {
  chaos: benchChaos,
  soak: benchSoak,
};

const all = { ...benches, ...onRequest };

/** `[NAME...] [FLAG...]`: each bench that takes flags gets all of them. */
const args = process.argv.slice(2);
const names = args.slice(0, args.findIndex((arg) => arg.startsWith('--')) >>> 0);

await runCommand(async () => {
  const unknown = names.find((name) => !Object.hasOwn(all, name));
  if (unknown !== undefined) {
    throw new UsageError(
      `Unknown benchmark '${unknown}'; choose from ${Object.keys(all).join(', ')}`,
    );
  }
  for (const name of names.length > 0 ? names : Object.keys(benches)) {
    console.log(`\n${name}`);
    await all[name]?.(args.slice(names.length));
  }
  return 0;
});
