import { accessSync, constants, statSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { parseFlags } from './cli/parse-flags.js';
import { runCommand } from './cli/run-command.js';
import { OperationalError, UsageError } from './errors.js';
import { type ReplayProgress, replay } from './replay/replay.js';
import { Store } from './store/store.js';

const HELP = `Usage: npm run replay -- QUOTES.jsonl --database FILE.duckdb

Runs the pipeline over a file of quotes and adds its rows to a DuckDB file: schema iex, tables quote and dead_letter,
views top_stocks and percentage_gain. Each line is a quote:

  {"symbol": "AAPL", "latest_price": 123.45, "event_time": "2026-11-22T09:00:10.123Z"}

Bad lines become dead letters. Lines that are in the database already add nothing.

  --database FILE   the DuckDB file, made where it does not exist
  --help            this text`;

const EXIT_CODE_INTERRUPTED = 130;

async function main(): Promise<number> {
  const { values, positionals } = parseFlags(
    process.argv.slice(2),
    { database: { type: 'string' }, help: { type: 'boolean' } },
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
  const store = await Store.open(values.database);
  const started = performance.now();
  try {
    bar.start(size, 0, { lines: 0, rows: 0 });
    const progress = await replay(file, store, {
      onProgress: ({ bytes, lines, rows }) => bar.update(bytes, { lines, rows }),
      signal: interrupted.signal,
    });
    bar.stop();
    console.log(summary(progress, (performance.now() - started) / 1000));
    console.log(`Database: ${values.database}`);
  } finally {
    bar.stop();
    store.close();
  }
  if (!interrupted.signal.aborted) return 0;
  console.log('Interrupted: the same command again goes on from here.');
  return EXIT_CODE_INTERRUPTED;
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

// Beam's SDK announces each bundle there.
console.debug = () => undefined;
await runCommand(main);
