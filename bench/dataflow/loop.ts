/** One run of the pipeline's bench: `node --import tsx pipeline-run.ts beam|loop QUOTES` prints a `PipelineRun` in JSON. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BatchOutput, type QuoteRow, runBatch } from 'iex-dataflow';
import { Store } from '../local/src/store/store.js';

export interface PipelineRun {
  seconds: number;
  peakMegabytes: number;
}

const RESOLUTIONS = [1, 5, 15];
const BATCH = 900;
const START = Date.UTC(2026, 10, 20, 14, 30);
const PERIOD_US = 10_000_000;
const OFFSET_US = 5_000_000;

interface BenchMessage {
  id: string;
  payload: Buffer;
}

/** Ten symbols, a quote of each every ten seconds. */
function messageOf(i: number): BenchMessage {
  const json = {
    symbol: `SYM${i % 10}`,
    latest_price: 100 + (i % 997) / 100,
    event_time: new Date(START + Math.floor(i / 10) * 10_000).toISOString(),
  };
  return { id: String(i), payload: Buffer.from(JSON.stringify(json)) };
}

/** The rows of the pipeline with nothing around them: no checks, no Beam. */
async function plainLoop(messages: readonly BenchMessage[]): Promise<BatchOutput> {
  const rows: QuoteRow[] = [];
  for (const { payload } of messages) {
    const { symbol, latest_price, event_time: text } = JSON.parse(payload.toString());
    const event_time = Date.parse(text) * 1000;
    const firstEnd = event_time - ((event_time - OFFSET_US) % PERIOD_US) + PERIOD_US;
    for (const resolution_minutes of RESOLUTIONS) {
      for (let i = 0; i < 6 * resolution_minutes; i += 1) {
        const window_end = firstEnd + i * PERIOD_US;
        rows.push({ symbol, latest_price, window_end, event_time, resolution_minutes });
      }
    }
  }
  return { rows, deadLetters: [] };
}

console.debug = () => undefined;
const [mode, count] = process.argv.slice(2);
const quotes = Number(count);
const processBatch =
  mode === 'loop'
    ? plainLoop
    : (messages: readonly BenchMessage[]) => runBatch(messages, RESOLUTIONS);

const folder = mkdtempSync(join(tmpdir(), 'iex-stream-bench-'));
const store = await Store.open(join(folder, 'bench.duckdb'));
const writer = await store.writer();
const started = performance.now();
let rows = 0;
for (let first = 0; first < quotes; first += BATCH) {
  const batch = Array.from({ length: Math.min(BATCH, quotes - first) }, (_, i) =>
    messageOf(first + i),
  );
  rows += (await writer.commit('bench', batch, processBatch)).rows.length;
}
const seconds = (performance.now() - started) / 1000;
writer.close();
store.close();
rmSync(folder, { recursive: true });
if (rows !== quotes * 126) throw new Error(`${rows} rows of ${quotes} quotes`);
const run: PipelineRun = { seconds, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
console.log(JSON.stringify(run));
