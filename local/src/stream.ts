import { UsageError } from 'iex-cli/errors';
import { parseFlags } from 'iex-cli/parse-flags';
import { runCommand } from 'iex-cli/run-command';
import { stopSignal } from 'iex-cli/stop-signal';
import { userPath } from 'iex-cli/user-path';
import { resolutions as deployedResolutions } from 'iex-contract/infrastructure';
import { ambiguousNameHint } from './database-file.js';
import { chosenRunner, RUNNER_FLAGS } from './runner-flags.js';
import { Store } from './store/store.js';
import { streamDirectly } from './stream/direct.js';
import { streamOnFlink } from './stream/flink.js';
import { StreamLog } from './stream/stream-log.js';
import { openSubscription } from './stream/subscription.js';

const HELP = `Usage: npm run stream -- --subscription projects/P/subscriptions/S --database FILE.duckdb [--runner flink]

Runs the pipeline over the messages of a Pub/Sub subscription until Ctrl-C, and adds its rows to a DuckDB file: schema iex,
tables quote and dead_letter, views top_stocks and percentage_gain. A message is acknowledged only after its rows are in
the file, and its rows are there once however often it is delivered, even if processes or machines fail.

The subscription is Google Cloud's, with your application default credentials, or the emulator's if PUBSUB_EMULATOR_HOST
is set. No other program may read it.

  --subscription NAME       projects/P/subscriptions/S
  --database FILE           the DuckDB file; created if it does not exist
  --resolutions N,N         lengths of the sliding windows in minutes; default: ${deployedResolutions.join()}
  --runner direct|flink     what the pipeline runs on; default: direct
  --flink-master HOST:PORT  REST address of the JobManager of a Flink 1.19 session cluster; without it, Flink runs on
                            this machine, for this stream
  --help                    this text

The direct runner works in this one process. With flink, worker processes on all of the machine's processors, or on all
free slots of a cluster, make the rows. It needs Java 17 and Maven, which downloads Flink the first time. A cluster's
machines must have this project, and the folder of the database, at the same paths.`;

async function main(): Promise<number> {
  const { values } = parseFlags(
    process.argv.slice(2),
    {
      subscription: { type: 'string' },
      database: { type: 'string' },
      resolutions: { type: 'string', default: deployedResolutions.join() },
      ...RUNNER_FLAGS,
      help: { type: 'boolean' },
    },
    { help: 'npm run stream -- --help' },
  );
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (!values.subscription)
    throw new UsageError('--subscription projects/P/subscriptions/S is missing');
  if (!values.database)
    throw new UsageError('--database FILE.duckdb is missing: the file that the rows are added to');
  const { runner, master } = chosenRunner(values);
  const resolutions = parsedResolutions(values.resolutions);
  const database = userPath(values.database);

  const stop = stopSignal();
  const log = new StreamLog();
  const subscription = await openSubscription(values.subscription);
  try {
    const store = await Store.open(database);
    const writer = await store.writer(subscription.retentionSeconds);
    try {
      const options = {
        source: subscription.source,
        sourceName: subscription.identity,
        writer,
        resolutions,
        drain: stop,
        onCommitted: log.committed,
        onError: log.failed,
      };
      const onReady = () =>
        log.say(`Reading ${values.subscription} into ${database}; stop with Ctrl-C`);
      const hint = ambiguousNameHint(database);
      if (hint) log.say(hint);
      await (runner === 'flink'
        ? streamOnFlink({ ...options, database, master, onReady, onNotice: log.say })
        : streamDirectly({ ...options, onReady }));
    } finally {
      writer.close();
      store.close();
    }
  } finally {
    await subscription.close();
    log.close();
  }
  return 0;
}

function parsedResolutions(text: string): number[] {
  const parts = text.split(',');
  const wrong = parts.find((part) => !/^[1-9]\d{0,3}$/.test(part));
  if (wrong !== undefined || new Set(parts).size < parts.length)
    throw new UsageError(
      `--resolutions takes different whole numbers of minutes, like 1,5,15, not '${text}'`,
    );
  return parts.map(Number);
}

// Beam's SDK logs each bundle there, and the pipeline each kind of refused message, which is a dead
// letter.
console.debug = () => undefined;
console.warn = () => undefined;
await runCommand(main);
