import Long from 'long';
import { createPipeline } from '../../pipeline/pipeline';
import type { DeadLetter } from '../../pipeline/quote';
import type { QuoteRow } from '../../pipeline/row';
import * as beam from '../../sdk/beam';

/** A message of `iex-aggregate`, as a subscription or a file has it. */
export interface Message {
  payload: Uint8Array;
  /** Milliseconds since the epoch; absent if the message was read from a file. */
  publishTime?: number;
}

/** The pipeline's output for a batch. */
export interface BatchOutput {
  /** In the order of the messages within each resolution. */
  rows: QuoteRow[];
  deadLetters: DeadLetter[];
}

/** Takes the pipeline's output row by row. */
export interface BatchSink {
  rows: { push(row: QuoteRow): unknown };
  deadLetters: { push(deadLetter: DeadLetter): unknown };
}

interface Batch extends BatchSink {
  messages: readonly Message[];
}

/**
 * The batches that are running, by number. Functions of a pipeline have no closure, so they
 * get the number and look the batch up here: on the direct runner, which works in this process,
 * source and sinks are in memory.
 */
const batches = new Map<number, Batch>();
let lastBatch = 0;

function batchOf(number: number): Batch {
  const batch = batches.get(number);
  if (!batch) throw new Error(`batch ${number} is not running in this process`);
  return batch;
}

const readBatch = (number: number) => batchOf(number).messages;
const publishTimestamp = (message: Message, least: Long) =>
  message.publishTime === undefined ? least : Long.fromNumber(message.publishTime);
const payloadOf = (message: Message) => message.payload;
const keepRow = (row: QuoteRow, context: { batch: number }) => {
  batchOf(context.batch).rows.push(row);
};
const keepDeadLetter = (deadLetter: DeadLetter, context: { batch: number }) => {
  batchOf(context.batch).deadLetters.push(deadLetter);
};
beam.requireForSerialization('iex-dataflow/dist/runners/direct/batch', {
  readBatch,
  publishTimestamp,
  payloadOf,
  keepRow,
  keepDeadLetter,
});

const runner = beam.createRunner({ runner: 'direct' });

/** Runs the pipeline over a bounded batch of messages on Beam's direct runner. */
export async function runBatch(
  messages: readonly Message[],
  resolutions: readonly number[],
): Promise<BatchOutput> {
  const output: BatchOutput = { rows: [], deadLetters: [] };
  await runBatchInto(output, messages, resolutions);
  return output;
}

/** Runs the pipeline as `runBatch` does, into a sink. */
export async function runBatchInto(
  { rows, deadLetters }: BatchSink,
  messages: readonly Message[],
  resolutions: readonly number[],
): Promise<void> {
  const number = ++lastBatch;
  batches.set(number, { messages, rows, deadLetters });
  try {
    await runner.run((root) => {
      const source: beam.PCollection<Uint8Array> = root
        .apply(beam.create([number], false))
        .flatMap(readBatch)
        .apply(beam.assignTimestamps(publishTimestamp))
        .map(payloadOf);
      const { rows, deadLetters } = createPipeline(source, resolutions);
      for (const [i, resolutionRows] of rows.entries()) {
        resolutionRows.map(beam.withName(`Keep rows ${resolutions[i]}`, keepRow), {
          batch: number,
        });
      }
      deadLetters.map(beam.withName('Keep dead letters', keepDeadLetter), { batch: number });
    });
  } finally {
    batches.delete(number);
  }
}
