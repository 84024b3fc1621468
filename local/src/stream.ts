import { runCommand } from 'iex-cli/run-command';
import { stopSignal } from 'iex-cli/stop-signal';
import { ambiguousNameHint } from './database-file.js';
import { Store } from './store/store.js';
import { idTimeMs } from './store/writer.js';
import { streamDirectly } from './stream/direct.js';
import { parseStreamOptions, STREAM_HELP } from './stream/options.js';
import { streamLog } from './stream/stream-log.js';
import { openSubscription } from './stream/subscription.js';

async function main(): Promise<number> {
  const options = parseStreamOptions(process.argv.slice(2));
  if (!options) {
    console.log(STREAM_HELP);
    return 0;
  }
  const { projectId, database, runner, master, resolutions } = options;
  const drain = stopSignal();
  const subscription = await openSubscription(
    projectId,
    options.subscription,
    process.env.PUBSUB_EMULATOR_HOST,
  );
  try {
    const store = await Store.open(database);
    const writer = await store.writer(idTimeMs(subscription.retentionSeconds));
    const log = streamLog();
    const run = {
      source: subscription.source,
      sourceName: subscription.identity,
      writer,
      resolutions,
      drain,
      onCommitted: log.committed,
      onError: log.failed,
      onReady: () => log.say(`Reading ${options.subscription} into ${database}; stop with Ctrl-C`),
    };
    const hint = ambiguousNameHint(database);
    if (hint) log.say(hint);
    try {
      if (runner === 'direct') await streamDirectly(run);
      else {
        // It loads all that starts Flink, which the direct runner does not need.
        const { streamOnFlink } = await import('./stream/flink.js');
        await streamOnFlink({ ...run, database, master, onNotice: log.say });
      }
      log.printTotals();
    } finally {
      log.close();
      writer.close();
      store.close();
    }
  } finally {
    await subscription.close();
  }
  return 0;
}

// Beam's SDK logs each bundle there, and the pipeline each kind of refused message, which is a dead
// letter.
console.debug = () => undefined;
console.warn = () => undefined;
await runCommand(main, { help: 'npm run stream -- --help' });
