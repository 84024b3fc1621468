import { OperationalError, UsageError } from 'iex-cli/errors';
import { parseFlags } from 'iex-cli/parse-flags';
import { runCommand } from 'iex-cli/run-command';
import { userPath } from 'iex-cli/user-path';
import { ambiguousNameHint } from './database-file.js';
import { replayDirectly } from './replay/direct.js';
import { Input } from './replay/input/input.js';
import { openQuotes } from './replay/input/quote-file.js';
import type { ReplayOptions, ReplayProgress } from './replay/progress.js';
import { count, EXIT_CODE_INTERRUPTED, interrupted, progressBar } from './replay/progress-bar.js';
import { reasonLine } from './replay/reasons.js';
import { chosenRunner, RUNNER_FLAGS } from './runner-flags.js';
import { Store } from './store/store.js';

const HELP = `Usage: npm run replay -- QUOTES --database FILE.duckdb [--runner flink]
       npm run replay -- QUOTES --topic projects/P/topics/iex-aggregate [--rate N]
       npm run replay -- --topic projects/P/topics/iex-aggregate --symbols N [--rate N] [--duration S]

Runs the pipeline over a file of quotes and adds its rows to a DuckDB file: schema iex, tables quote and dead_letter,
views top_stocks and percentage_gain. The quotes may be

  JSON Lines   {"symbol": "AAPL", "latest_price": 123.45, "event_time": "2026-11-22T09:00:10.123Z"}
  JSON         an array of such objects, or one after the other, indented or not
  CSV          with a header; delimiter , ; | or tab; columns symbol, latest_price and event_time in any order
  Parquet      with these columns; event_time is text, or a timestamp that is adjusted to UTC

in UTF-8, or in UTF-16 with a byte order mark; gzipped or not. QUOTES is a file, or - for standard input. Lines that are
in the database already add nothing.

Bad lines become dead letters, with the reason. Exits with 1 if a file has no quotes at all: if it is empty or of another
format, or if all of its lines are refused.

  --database FILE           the DuckDB file; created if it does not exist
  --runner direct|flink     what the pipeline runs on; default: direct
  --flink-master HOST:PORT  REST address of the JobManager of a Flink 1.19 session cluster; without it, Flink runs on
                            this machine, for this replay
  --help                    this text

The direct runner works in this one process. With flink, worker processes on all of the machine's processors, or on all
free slots of a cluster, make the rows. That pays from about 100,000 quotes on, because Flink takes some seconds to start.
It needs Java 17 and Maven, which downloads Flink the first time. A cluster's machines must have this project, and the
folder of the database, at the same paths.

With --topic, the quotes are published instead, so that the pipeline of a deployed system, or the one of npm start, makes
the rows of a day that it missed. Credentials are the application default ones; PUBSUB_EMULATOR_HOST leads to an emulator.
Bad lines are not published, but counted, with the reason. A run that is interrupted or killed resumes where it stopped
(.local/published has what is published), and each quote has the same id each time: Dataflow drops a repeated id within 10
minutes, npm start within 80; whatever is repeated later makes rows again, which the views count once.

With --symbols and no file, it publishes made-up quotes of N symbols, as a load test, and reports how many of their
rows arrived, and when.

  --topic NAME              the topic, projects/PROJECT/topics/NAME
  --rate N                  quotes per second; default: as fast as possible, in a load test 100
  --symbols N               load test with this many symbols
  --duration SECONDS        of the load test; default: 60
  --project P --dataset D   the load test reads the rows from BigQuery; default dataset: iex
  --database FILE           the load test reads the rows from the database of npm start, once that has stopped`;

const PUBLISH_FLAGS = ['rate', 'symbols', 'duration', 'project', 'dataset'] as const;

/** A replay only adds to the database, and hardly uses DuckDB's cache. */
const DUCKDB_MEMORY_MB = 64;

async function main(): Promise<number> {
  const { values, positionals } = parseFlags(
    process.argv.slice(2),
    {
      database: { type: 'string' },
      ...RUNNER_FLAGS,
      topic: { type: 'string' },
      rate: { type: 'string' },
      symbols: { type: 'string' },
      duration: { type: 'string' },
      project: { type: 'string' },
      dataset: { type: 'string' },
      help: { type: 'boolean' },
    },
    1,
  );
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [file] = positionals;
  const signal = interruptSignal();
  if (values.topic !== undefined) {
    // Only here, because the client library takes as much memory as DuckDB.
    const { publish } = await import('./publish/command.js');
    return await publish(file, { ...values, topic: values.topic }, signal);
  }
  const misplaced = PUBLISH_FLAGS.find((flag) => values[flag] !== undefined);
  if (misplaced) throw new UsageError(`--${misplaced} requires --topic`);
  if (!file) throw new UsageError('The file of quotes is missing');
  if (!values.database) {
    throw new UsageError('--database FILE.duckdb is missing: the file that the rows are added to');
  }
  const { runner, master } = chosenRunner(values);
  const input = new Input(file === '-' ? file : userPath(file));
  const database = userPath(values.database);

  const bar = progressBar('{lines} lines  {rows} rows');
  // Before the database, so that a wrong file does not leave an empty one.
  const quotes = await openQuotes(input);
  if (!quotes) throw new OperationalError(`${input.name} has no quotes`);
  let store: Store | undefined;
  try {
    store = await Store.open(database, DUCKDB_MEMORY_MB);
    const started = performance.now();
    bar.start(input.size, 0, { lines: 0, rows: 0 });
    const options: ReplayOptions = {
      onProgress: ({ bytes, lines, rows }) => bar.update(bytes, { lines, rows }),
      signal,
    };
    const progress = await (runner === 'flink'
      ? (await import('./replay/flink.js')).replayOnFlink(quotes, store, database, {
          ...options,
          master,
        })
      : replayDirectly(quotes, store, options));
    bar.stop();
    console.log(summary(progress, (performance.now() - started) / 1000));
    const refusals = reasonLine(progress.reasons, progress.deadLetters, 'dead letters');
    if (refusals) console.log(refusals);
    console.log(`Database: ${database}`);
    const hint = ambiguousNameHint(database);
    if (hint) console.log(hint);
    if (signal.aborted) return interrupted();
    return progress.quotes + progress.repeated > 0 ? 0 : 1;
  } finally {
    bar.stop();
    store?.close();
    quotes.close();
  }
}

/** Aborted by the first Ctrl-C; the second one ends the process at once. */
function interruptSignal(): AbortSignal {
  const interrupted = new AbortController();
  process.on('SIGINT', () => {
    if (interrupted.signal.aborted) process.exit(EXIT_CODE_INTERRUPTED);
    interrupted.abort();
  });
  return interrupted.signal;
}

function summary(progress: ReplayProgress, seconds: number): string {
  const rate = Math.round(progress.quotes / seconds);
  return [
    `${count(progress.lines, 'lines')} in ${seconds.toFixed(1)} s (${count(rate, 'quotes/s')}):`,
    `${count(progress.quotes, 'quotes')}, ${count(progress.rows, 'rows')},`,
    `${count(progress.deadLetters, 'dead letters')},`,
    `${count(progress.repeated, 'lines there already')}`,
  ].join(' ');
}

// Beam's SDK logs each bundle there, and the pipeline each kind of refused line; the summary has
// them.
console.debug = () => undefined;
console.warn = () => undefined;
await runCommand(main, { help: 'npm run replay -- --help' });
