/** The thread of `PipelineThread`: runs each batch that it is sent through the pipeline. */
import { parentPort, workerData } from 'node:worker_threads';
import { type DeadLetter, type QuoteRow, runBatch } from 'iex-dataflow';
import { RowBuffer } from '../store/row-buffer.js';
import type { Request, Result, Setup } from './pipeline-thread.js';

const { table, resolutions } = workerData as Setup;

// Beam's SDK logs each bundle there, and the pipeline each kind of refused line.
console.debug = () => undefined;
console.warn = () => undefined;

parentPort?.on('message', async ({ bytes, ends, data }: Request) => {
  const rows = new RowBuffer<QuoteRow>(table, data);
  rows.clear();
  const messages = Array.from(ends, (end, i) => ({
    payload: bytes.subarray(ends[i - 1] ?? 0, end),
  }));
  const sink = { rows, deadLetters: [] as DeadLetter[] };
  const { deadLetters } = await runBatch(messages, resolutions, sink);
  const result: Result = { data: rows.data, deadLetters };
  parentPort?.postMessage(result, rows.transferList());
});
