import { benchDashboard } from './dashboard.js';
import { benchDataflow } from './dataflow/bench.js';
import { benchFlinkChaos } from './flink/chaos.js';
import { benchStream } from './flink/throughput.js';
import { benchFunction } from './function.js';
import { benchPubSubEmulator } from './pubsub-emulator.js';
import { benchPubSubEmulatorMemory } from './pubsub-emulator-memory.js';

console.debug = () => undefined;
process.env.METADATA_SERVER_DETECTION = 'none';

const benches: Record<string, () => Promise<void>> = {
  emulator: () => benchPubSubEmulator(),
  'emulator-memory': benchPubSubEmulatorMemory,
  dataflow: benchDataflow,
  stream: () => benchStream(),
  'flink-chaos': benchFlinkChaos,
  function: benchFunction,
  dashboard: benchDashboard,
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(benches, name));
if (unknown === undefined) {
  for (const name of asked.length > 0 ? asked : Object.keys(benches)) {
    console.log(`\n${name}`);
    await benches[name]?.();
  }
} else {
  console.error(`Unknown benchmark '${unknown}'; choose from ${Object.keys(benches).join(', ')}`);
  process.exitCode = 2;
}
