/**
 * The rows of the pipeline by a plain loop, with nothing around it, no checks and no Beam, into a
 * DuckDB file:
 *
 *     node --import tsx loop.ts QUOTES.jsonl FILE.duckdb
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { BatchOutput, QuoteRow } from 'iex-dataflow';
import { Store } from 'iex-local/store/store';

const RESOLUTIONS = [1, 5, 15];
const BATCH = 900;
const PERIOD_US = 10_000_000;
const OFFSET_US = 5_000_000;

interface Line {
  id: string;
  payload: Buffer;
}

async function rowsOf(lines: readonly Line[]): Promise<BatchOutput> {
  const rows: QuoteRow[] = [];
  for (const { payload } of lines) {
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

const [file = '', database = ''] = process.argv.slice(2);
const store = await Store.open(database);
const writer = await store.writer();
let batch: Line[] = [];
let id = 0;
const commit = async () => {
  await writer.commit('loop', batch, rowsOf);
  batch = [];
};
for await (const line of createInterface({ input: createReadStream(file) })) {
  batch.push({ id: String(id++), payload: Buffer.from(line) });
  if (batch.length === BATCH) await commit();
}
await commit();
writer.close();
store.close();
