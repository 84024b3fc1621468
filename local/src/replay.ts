import { SingleBar } from 'cli-progress';
import { OperationalError, UsageError } from 'iex-cli/errors';
import { parseFlags } from 'iex-cli/parse-flags';
import { runCommand } from 'iex-cli/run-command';
import { userPath } from 'iex-cli/user-path';
import { ambiguousNameHint } from './database-file.js';
import { replayDirectly } from './replay/direct.js';
import { Input } from './replay/input/input.js';
import { QuoteFile } from './replay/input/quote-file.js';
import type { ReplayOptions, ReplayProgress } from './replay/progress.js';
import { chosenRunner, RUNNER_FLAGS } from './runner-flags.js';
import { Store } from './store/store.js';

const HELP = `Usage: npm run replay -- QUOTES --database FILE.duckdb [--runner flink]

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
folder of the database, at the same paths.`;

const EXIT_CODE_INTERRUPTED = 130;

/** A replay only adds to the database, and hardly uses DuckDB's cache. */
const DUCKDB_MEMORY_MB = 128;

async function main(): Promise<number> {
  const { values, positionals } = parseFlags(
    process.argv.slice(2),
    {
      database: { type: 'string' },
      ...RUNNER_FLAGS,
      help: { type: 'boolean' },
    },
    { positionals: 1, help: 'npm run replay -- --help' },
  );
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [file] = positionals;
  if (!file) throw new UsageError('The file of quotes is missing (see npm run replay -- --help)');
  if (!values.database) {
    throw new UsageError('--database FILE.duckdb is missing: the file that the rows are added to');
  }
  const { runner, master } = chosenRunner(values);
  const input = new Input(file === '-' ? file : userPath(file));
  const database = userPath(values.database);

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
  // Before the database, so that a wrong file does not leave an empty one.
  const quotes = await QuoteFile.open(input);
  if (!quotes) throw new OperationalError(`${input.name} has no quotes`);
  const store = await openStore(database, quotes);
  const started = performance.now();
  try {
    bar.start(input.size, 0, { lines: 0, rows: 0 });
    const options: ReplayOptions = {
      onProgress: ({ bytes, lines, rows }) => bar.update(bytes, { lines, rows }),
      signal: interrupted.signal,
    };
    const progress = await (runner === 'flink'
      ? (await import('./replay/flink.js')).replayOnFlink(quotes, store, database, {
          ...options,
          master,
        })
      : replayDirectly(quotes, store, options));
    bar.stop();
    console.log(summary(progress, (performance.now() - started) / 1000));
    const refusals = refusalLine(progress);
    if (refusals) console.log(refusals);
    console.log(`Database: ${database}`);
    const hint = ambiguousNameHint(database);
    if (hint) console.log(hint);
    if (interrupted.signal.aborted) {
      console.log('Interrupted. Run the same command again to resume.');
      return EXIT_CODE_INTERRUPTED;
    }
    return progress.quotes + progress.repeated > 0 ? 0 : 1;
  } finally {
    bar.stop();
    store.close();
  }
}

async function openStore(database: string, quotes: QuoteFile): Promise<Store> {
  try {
    return await Store.open(database, DUCKDB_MEMORY_MB);
  } catch (error) {
    quotes.close();
    throw error;
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

/** The most frequent reason for which lines were refused. */
function refusalLine({ deadLetters, reasons }: ReplayProgress): string | undefined {
  const reason = reasons.mostFrequent();
  if (!reason) return undefined;
  const share = `${reason.count.toLocaleString('en')} of ${deadLetters.toLocaleString('en')}`;
  return `Most frequent reason for dead letters (${share}): ${reason.example}`;
}

// Beam's SDK logs each bundle there, and the pipeline each kind of refused line; the summary has
// them.
console.debug = () => undefined;
console.warn = () => undefined;
await runCommand(main);
