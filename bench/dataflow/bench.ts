import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { OperationalError } from 'iex-cli';
import { rowsPerQuote } from 'iex-contract';
import { resolutions } from 'iex-contract/infrastructure';
import { pythonWithBeam } from 'iex-dataflow/template';
import { type MeasuredRun, measuredRun } from './measured-run.js';

const SIZES = [1_000, 10_000, 100_000];
const ROWS_PER_QUOTE = rowsPerQuote(resolutions);
const START = Date.UTC(2026, 10, 20, 14, 30);

const REPLAY = fileURLToPath(new URL('../../local/dist/replay.js', import.meta.url));
const LOOP = fileURLToPath(new URL('loop.ts', import.meta.url));
const PYTHON = fileURLToPath(new URL('pipeline.py', import.meta.url));

/** Reads a file of quotes into a new file of rows. */
type Engine = (quotes: string, rows: string) => Promise<MeasuredRun>;

/**
 * Measures how fast a file of quotes becomes rows of all resolutions, from the start of the process
 * to its exit: the pipeline on Beam's direct runner and on Flink, and for comparison a plain loop
 * and Beam's Python SDK on its direct runner. The time for a single quote is the engine's start.
 */
export async function benchDataflow(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'iex-stream-bench-'));
  try {
    const engines = Object.entries(await availableEngines());
    const starts = new Map<string, number>();
    for (const size of [1, ...SIZES]) {
      const quotes = join(folder, 'quotes.jsonl');
      writeFileSync(quotes, Array.from({ length: size }, (_, i) => quote(i)).join(''));
      let direct: number | undefined;
      for (const [name, engine] of engines) {
        const rows = join(folder, `rows-${size}.${name === 'python' ? 'jsonl' : 'duckdb'}`);
        const run = await engine(quotes, rows);
        const made = await countRows(rows);
        if (made !== size * ROWS_PER_QUOTE) throw new Error(`${name} made ${made} rows`);
        rmSync(rows);
        if (size === 1) starts.set(name, run.seconds);
        if (name === 'direct') direct = run.seconds;
        console.log(line(name, size, run, starts.get(name) ?? 0, direct));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function availableEngines(): Promise<Record<string, Engine>> {
  const engines: Record<string, Engine> = {
    direct: (quotes, rows) => measuredRun(process.execPath, [REPLAY, quotes, '--database', rows]),
    flink: (quotes, rows) =>
      measuredRun(process.execPath, [REPLAY, quotes, '--database', rows, '--runner', 'flink']),
    loop: (quotes, rows) => measuredRun(process.execPath, ['--import', 'tsx', LOOP, quotes, rows]),
  };
  try {
    const python = await pythonWithBeam();
    engines.python = (quotes, rows) => measuredRun(python, [PYTHON, quotes, rows]);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    console.log(`without Python: ${error.message}`);
  }
  return engines;
}

/** Counts the rows in a DuckDB file or in a file of JSON lines. */
async function countRows(file: string): Promise<number> {
  const isDatabase = file.endsWith('.duckdb');
  const instance = await DuckDBInstance.create(isDatabase ? file : ':memory:');
  const connection = await instance.connect();
  const table = isDatabase ? 'iex.quote' : `read_json('${file}', format = 'newline_delimited')`;
  const result = await connection.runAndReadAll(`SELECT count(*) FROM ${table}`);
  connection.closeSync();
  instance.closeSync();
  return Number(result.getRows()[0]?.[0]);
}

/** A line with quote `i`: ten symbols have a quote each every ten seconds. */
function quote(i: number): string {
  const event_time = new Date(START + Math.floor(i / 10) * 10_000).toISOString();
  const latest_price = 100 + (i % 997) / 100;
  return `${JSON.stringify({ symbol: `SYM${i % 10}`, latest_price, event_time })}\n`;
}

function line(
  name: string,
  quotes: number,
  { seconds, peaks }: MeasuredRun,
  start: number,
  direct: number | undefined,
): string {
  const count = (n: number, width: number) => Math.round(n).toLocaleString('en').padStart(width);
  const rate = quotes / seconds;
  const memory = peaks.map(({ name, megabytes }) => `${name} ${Math.round(megabytes)} MB`);
  return [
    `${count(quotes, 9)} quotes`,
    name.padEnd(6),
    `${seconds.toFixed(1).padStart(6)} s`,
    ...(quotes === 1
      ? []
      : [
          `${count(rate, 7)} quotes/s`,
          `${count(rate * ROWS_PER_QUOTE, 9)} rows/s`,
          afterStart(quotes, seconds, start),
          direct === undefined ? '' : `${(direct / seconds).toFixed(2)} x direct`,
        ]),
    `peak ${memory.join(', ')}`,
  ].join('   ');
}

/** The rate without the time of the start, if the run was long enough to tell them apart. */
function afterStart(quotes: number, seconds: number, start: number): string {
  if (seconds < 2 * start) return 'mostly the start'.padEnd(32);
  const rate = Math.round((quotes * ROWS_PER_QUOTE) / (seconds - start));
  return `after the start ${rate.toLocaleString('en').padStart(9)} rows/s`;
}
