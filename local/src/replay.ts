import { accessSync, constants, statSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { OperationalError, UsageError } from 'iex-cli/errors';
import { parseFlags } from 'iex-cli/parse-flags';
import { runCommand } from 'iex-cli/run-command';
import { replayDirectly } from './replay/direct.js';
import { replayOnFlink } from './replay/flink.js';
import type { ReplayOptions, ReplayProgress } from './replay/progress.js';
import { Store } from './store/store.js';

const HELP = `Usage: npm run replay -- QUOTES.jsonl --database FILE.duckdb [--runner flink]

Runs the pipeline over a file of quotes and adds its rows to a DuckDB file: schema iex, tables quote and dead_letter,
views top_stocks and percentage_gain. Each line is a quote:

  {"symbol": "AAPL", "latest_price": 123.45, "event_time": "2026-11-22T09:00:10.123Z"}

Bad lines become dead letters. Lines that are in the database already add nothing.

  --database FILE           the DuckDB file, made where it does not exist
  --runner direct|flink     what the pipeline runs on; direct, if not given
  --flink-master HOST:PORT  the JobManager of a Flink 1.19 session cluster, by its REST port; without it, Flink runs on
                            this machine, for this replay
  --help                    this text

The runner direct works in this one process. With flink, worker processes on all of the machine's processors, or on all
free slots of a cluster, make the rows: worth its start of some seconds from about 100,000 quotes on. It needs Java 17
and Maven, which the first time fetches Flink. A cluster's machines must have this project, and the folder of the
database, at the same paths.`;

const EXIT_CODE_INTERRUPTED = 130;

const RUNNERS = ['direct', 'flink'] as const;
type Runner = (typeof RUNNERS)[number];

async function main(): Promise<number> {
  const { values, positionals } = parseFlags(
    process.argv.slice(2),
    {
      database: { type: 'string' },
      runner: { type: 'string' },
      'flink-master': { type: 'string' },
      help: { type: 'boolean' },
    },
    { positionals: 1, help: 'npm run replay -- --help' },
  );
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [file] = positionals;
  if (!file) throw new UsageError('which file of quotes? (see npm run replay -- --help)');
  if (!values.database)
    throw new UsageError('--database FILE.duckdb is missing: it takes the rows');
  const runner = checkedRunner(values.runner);
  const master = checkedMaster(values['flink-master'], runner);
  const size = readableSize(file);

  const interrupted = new AbortController();
  process.on('SIGINT', () => {
    if (interrupted.signal.aborted) process.exit(EXIT_CODE_INTERRUPTED);
    interrupted.abort();
  });
  const bar = new SingleBar({
    format: '{bar} {percentage} %  {lines} lines  {rows} rows  {duration_formatted}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    // The bar is stopped here, once the batch under way is committed.
    gracefulExit: false,
  });
  const { database } = values;
  const store = await Store.open(database);
  const started = performance.now();
  try {
    bar.start(size, 0, { lines: 0, rows: 0 });
    const options: ReplayOptions = {
      onProgress: ({ bytes, lines, rows }) => bar.update(bytes, { lines, rows }),
      signal: interrupted.signal,
    };
    const progress = await (runner === 'flink'
      ? replayOnFlink(file, store, database, { ...options, master })
      : replayDirectly(file, store, options));
    bar.stop();
    console.log(summary(progress, (performance.now() - started) / 1000));
    console.log(`Database: ${database}`);
  } finally {
    bar.stop();
    store.close();
  }
  if (!interrupted.signal.aborted) return 0;
  console.log('Interrupted: the same command again goes on from here.');
  return EXIT_CODE_INTERRUPTED;
}

function checkedRunner(name = 'direct'): Runner {
  const runner = RUNNERS.find((known) => known === name);
  if (!runner) throw new UsageError(`--runner ${name}: it is ${RUNNERS.join(' or ')}`);
  return runner;
}

function checkedMaster(address: string | undefined, runner: Runner): string | undefined {
  if (address === undefined) return undefined;
  if (runner !== 'flink') throw new UsageError('--flink-master goes with --runner flink');
  if (!/^[^\s:/]+:\d+$/.test(address))
    throw new UsageError(`--flink-master ${address}: it is HOST:PORT`);
  return address;
}

/** The size of a file in bytes. */
function readableSize(file: string): number {
  try {
    accessSync(file, constants.R_OK);
    const stats = statSync(file);
    if (!stats.isFile()) throw new Error('it is not a file');
    return stats.size;
  } catch (error) {
    throw new OperationalError(`${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function summary(progress: ReplayProgress, seconds: number): string {
  const count = (n: number, what: string) => `${n.toLocaleString('en')} ${what}`;
  const rate = Math.round(progress.quotes / seconds);
  return [
    `${count(progress.lines, 'lines')} in ${seconds.toFixed(1)} s (${count(rate, 'quotes/s')}):`,
    `${count(progress.quotes, 'quotes')}, ${count(progress.rows, 'rows')},`,
    `${count(progress.deadLetters, 'dead letters')},`,
    `${count(progress.repeated, 'lines there already')}`,
  ].join(' ');
}

// Beam's SDK announces each bundle there, and the pipeline refused lines, of which the summary tells.
console.debug = () => undefined;
console.warn = () => undefined;
await runCommand(main);
