import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Column } from 'iex-contract/infrastructure';
import type { DeadLetter, QuoteRow } from 'iex-dataflow';
import { RowBuffer, type RowData } from '../store/row-buffer.js';
import { QUOTE } from '../store/schema.js';

/** The built file, also if this one runs from its source, as in tests: a thread has no loader. */
const WORKER = new URL('../../dist/replay/pipeline-worker.js', import.meta.url);

/**
 * A third of it is filled before each collection of garbage. Half as much would make a replay 8 %
 * slower; more would hardly make it faster, because nearly all objects are garbage at once.
 */
const YOUNG_GENERATION_MB = 24;

export interface Setup {
  /** The columns of the rows. */
  table: readonly Column[];
  resolutions: readonly number[];
}

export interface Request {
  /** The payloads, one after the other. */
  bytes: Uint8Array;
  /** Where each payload ends. */
  ends: Uint32Array;
  /** Memory for the rows. */
  data: RowData;
}

export interface Result {
  data: RowData;
  deadLetters: DeadLetter[];
}

export type PipelineThread = ReturnType<typeof pipelineThread>;

/**
 * The pipeline in a thread, so that the next batch is processed while the last one is written. It
 * takes one batch at a time.
 *
 * @param resolutions lengths of the sliding windows, in minutes
 */
export function pipelineThread(resolutions: readonly number[]) {
  const setup: Setup = { table: QUOTE.columns, resolutions };
  let worker: Worker | undefined;
  const spare: RowBuffer<QuoteRow>[] = [];
  return {
    /** Runs the pipeline over payloads that were never published. The first call starts the thread. */
    async run(payloads: readonly Uint8Array[]) {
      worker ??= new Worker(WORKER, {
        workerData: setup,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      });
      const rows = spare.pop() ?? new RowBuffer<QuoteRow>(QUOTE.columns);
      const { bytes, ends } = concatenate(payloads);
      const request: Request = { bytes, ends, data: rows.data };
      worker.postMessage(request, [bytes.buffer, ends.buffer, ...rows.transferList()]);
      const [{ data, deadLetters }] = (await once(worker, 'message')) as [Result];
      return { rows: new RowBuffer<QuoteRow>(QUOTE.columns, data), deadLetters };
    },
    /** Takes back rows that are not needed any more, for their memory. */
    reuse(rows: RowBuffer<QuoteRow>): void {
      spare.push(rows);
    },
    close: async () => void (await worker?.terminate()),
  };
}

function concatenate(payloads: readonly Uint8Array[]): {
  bytes: Uint8Array<ArrayBuffer>;
  ends: Uint32Array<ArrayBuffer>;
} {
  const ends = new Uint32Array(payloads.length);
  let length = 0;
  for (const [i, payload] of payloads.entries()) {
    length += payload.length;
    ends[i] = length;
  }
  // Not from a pool of buffers, because its memory is sent to the thread.
  const bytes = new Uint8Array(length);
  for (const [i, payload] of payloads.entries()) bytes.set(payload, ends[i - 1] ?? 0);
  return { bytes, ends };
}
