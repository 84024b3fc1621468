/**
 * Commits two batches as large as a replay makes them, and dies: `node --import tsx
 * crashing-writer.ts DATABASE`.
 */
import { runBatch } from 'iex-dataflow';
import { Store } from 'iex-local/store/store';

const BATCH = 900;

console.debug = () => undefined;
const store = await Store.open(process.argv[2] ?? '');
const writer = await store.writer();
for (const batch of [0, 1]) {
  const messages = Array.from({ length: BATCH }, (_, i) => ({
    id: String(batch * BATCH + i),
    payload: Buffer.from(
      JSON.stringify({ symbol: 'A', latest_price: 1 + i, event_time: '2026-11-22T09:00:00Z' }),
    ),
  }));
  await writer.commit('test', messages, (fresh) => runBatch(fresh, [1, 5, 15]));
}
process.kill(process.pid, 'SIGKILL');
