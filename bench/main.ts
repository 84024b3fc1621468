import { UsageError } from 'iex-cli/errors';
import { runCommand } from 'iex-cli/run-command';
import { benchChaos } from './chaos.js';
import { benchDashboard } from './dashboard.js';
import { benchDataflow } from './dataflow/bench.js';
import { benchFlinkChaos } from './flink/chaos.js';
import { benchStream } from './flink/throughput.js';
import { benchFunction } from './function.js';
import { benchPubSubEmulator } from './pubsub-emulator.js';
import { benchPubSubEmulatorMemory } from './pubsub-emulator-memory.js';
import { benchSoak } from './soak/bench.js';

console.debug = () => undefined;
process.env.METADATA_SERVER_DETECTION = 'none';

/** Benchmarks of a minute or so, which all run if none is named. */
const short: Record<string, () => Promise<void>> = {
  emulator: benchPubSubEmulator,
  'emulator-memory': benchPubSubEmulatorMemory,
  dataflow: benchDataflow,
  stream: benchStream,
  function: benchFunction,
  dashboard: benchDashboard,
};

/** Those that run for as long as their flags say, each alone. */
const long: Record<string, (flags: readonly string[]) => Promise<void>> = {
  chaos: benchChaos,
  'flink-chaos': benchFlinkChaos,
  soak: benchSoak,
};

async function main([first, ...rest]: readonly string[]): Promise<number> {
  if (first !== undefined && Object.hasOwn(long, first)) {
    await long[first]?.(rest);
    return 0;
  }
  const asked = first === undefined ? Object.keys(short) : [first, ...rest];
  const unknown = asked.find((name) => !Object.hasOwn(short, name));
  if (unknown !== undefined) {
    const names = [...Object.keys(short), ...Object.keys(long)].join(', ');
    throw new UsageError(`Unknown benchmark '${unknown}'; choose from ${names}`);
  }
  for (const name of asked) {
    console.log(`\n${name}`);
    await short[name]?.();
  }
  return 0;
}

await runCommand(() => main(process.argv.slice(2)));
