import type { BundleProcessor } from 'apache-beam/worker/worker';
import type { DeadLetter } from '../../pipeline/quote';
import type { QuoteRow } from '../../pipeline/row';
import * as beam from '../../sdk/beam';
import { type Message, NO_OUTPUT, processMessages } from '../messages';
import { pipelineProto } from '../portable/pipeline-proto';
import { directProcessor } from './processor';

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

/**
 * Runs the pipeline over a bounded batch of messages on Beam's direct runner.
 *
 * @param sink takes the output; by default lists
 * @returns the sink
 */
export async function runBatch<Sink extends BatchSink = BatchOutput>(
  messages: readonly Message[],
  resolutions: readonly number[],
  sink: Sink = { rows: [], deadLetters: [] } as BatchSink as Sink,
): Promise<Sink> {
  const key = resolutions.join();
  const pipeline = idle.get(key)?.pop() ?? (await build(resolutions));
  batches[pipeline.number] = { messages, ...sink };
  try {
    await pipeline.processor.process('batch');
    idle.set(key, [...(idle.get(key) ?? []), pipeline]);
    return sink;
  } finally {
    batches[pipeline.number] = undefined;
  }
}

async function build(resolutions: readonly number[]): Promise<BuiltPipeline> {
  const number = ++lastNumber;
  const proto = await pipelineProto((root) => {
    const messages = root.apply(beam.create([number], false)).flatMap(readBatch);
    const keep = { row: keepRow, deadLetter: keepDeadLetter };
    processMessages(messages, resolutions, keep, { pipeline: number });
  });
  return { number, processor: directProcessor(proto) };
}
