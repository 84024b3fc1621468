import type { BundleProcessor } from 'apache-beam/worker/worker';
import Long from 'long';
import { createPipeline } from '../../pipeline/pipeline';
import type { DeadLetter } from '../../pipeline/quote';
import type { QuoteRow } from '../../pipeline/row';
import * as beam from '../../sdk/beam';
import { pipelineProto } from '../portable/pipeline-proto';
import { directProcessor } from './processor';

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
 * The batches that are running, each at the number of its pipeline. Functions of a pipeline have no
 * closure, so they get the number and look the batch up here: on the direct runner, which works in
 * this process, source and sinks are in memory.
 */
const batches: (Batch | undefined)[] = [];

function batchOf(pipeline: number): Batch {
  const batch = batches[pipeline];
  if (!batch) throw new Error(`pipeline ${pipeline} is not running in this process`);
  return batch;
}

const readBatch = (pipeline: number) => batchOf(pipeline).messages;
const publishTimestamp = (message: Message, least: Long) =>
  message.publishTime === undefined ? least : Long.fromNumber(message.publishTime);
const payloadOf = (message: Message) => message.payload;
/** An element that no step takes would cost as much as one that a step takes. */
const NO_OUTPUT: Iterable<never> = [];
const keepRow = (row: QuoteRow, context: { pipeline: number }) => {
  batchOf(context.pipeline).rows.push(row);
  return NO_OUTPUT;
};
const keepDeadLetter = (deadLetter: DeadLetter, context: { pipeline: number }) => {
  batchOf(context.pipeline).deadLetters.push(deadLetter);
  return NO_OUTPUT;
};
beam.requireForSerialization('iex-dataflow/dist/runners/direct/batch', {
  readBatch,
  publishTimestamp,
  payloadOf,
  keepRow,
  keepDeadLetter,
});

interface BuiltPipeline {
  number: number;
  processor: BundleProcessor;
}
let lastNumber = 0;

/**
 * The pipelines that are not running, by their resolutions. Building one takes longer than to run
 * it over a small batch.
 */
const idle = new Map<string, BuiltPipeline[]>();

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
  const key = resolutions.join();
  const pipeline = idle.get(key)?.pop() ?? (await build(resolutions));
  batches[pipeline.number] = { messages, rows, deadLetters };
  try {
    await pipeline.processor.process('batch');
    idle.set(key, [...(idle.get(key) ?? []), pipeline]);
  } finally {
    batches[pipeline.number] = undefined;
  }
}

async function build(resolutions: readonly number[]): Promise<BuiltPipeline> {
  const number = ++lastNumber;
  const proto = await pipelineProto((root) => {
    const source: beam.PCollection<Uint8Array> = root
      .apply(beam.create([number], false))
      .flatMap(readBatch)
      .apply(beam.assignTimestamps(publishTimestamp))
      .map(payloadOf);
    const { rows, deadLetters } = createPipeline(source, resolutions);
    for (const [i, resolutionRows] of rows.entries()) {
      const keep = beam.withName(`Keep rows ${resolutions[i]}`, keepRow);
      resolutionRows.flatMap(keep, { pipeline: number });
    }
    deadLetters.flatMap(beam.withName('Keep dead letters', keepDeadLetter), { pipeline: number });
  });
  return { number, processor: directProcessor(proto) };
}
