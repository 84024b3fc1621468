/**
 * The rows of the pipeline by a plain loop, with nothing around it, no checks and no Beam, into a
 * DuckDB file, by the same store as a replay:
 *
 *     node --import tsx loop.ts QUOTES.jsonl FILE.duckdb
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { QuoteRow } from 'iex-dataflow';
import { RowBuffer } from 'iex-local/store/row-buffer';
import { QUOTE } from 'iex-local/store/schema';
import { Store } from 'iex-local/store/store';

const RESOLUTIONS = [1, 5, 15];
const BATCH = 900;
const PERIOD_US = 10_000_000;
const OFFSET_US = 5_000_000;

const rows = new RowBuffer<QuoteRow>(QUOTE.columns);

function addRows(line: string): void {
  const { symbol, latest_price, event_time: text } = JSON.parse(line);
  const event_time = Date.parse(text) * 1000;
  const firstEnd = event_time - ((event_time - OFFSET_US) % PERIOD_US) + PERIOD_US;
  for (const resolution_minutes of RESOLUTIONS) {
    for (let i = 0; i < 6 * resolution_minutes; i += 1) {
      const window_end = firstEnd + i * PERIOD_US;
      rows.push({ symbol, latest_price, window_end, event_time, resolution_minutes });
    }
  }
}

const [file = '', database = ''] = process.argv.slice(2);
const store = await Store.open(database);
const writer = await store.writer();
let lines: { digest: bigint }[] = [];
let count = 0n;
const commit = async () => {
  await writer.commitLines(lines, { rows, deadLetters: [] });
  lines = [];
  rows.clear();
};
for await (const line of createInterface({ input: createReadStream(file) })) {
  addRows(line);
  lines.push({ digest: count++ });
  if (lines.length === BATCH) await commit();
}
await commit();
writer.close();
store.close();
