/**
 * The pipeline over messages that this project itself reads and whose output it takes, on the direct
 * runner and on Flink. Steps are serialized by name.
 */
import Long from 'long';
import { createPipeline } from '../pipeline/pipeline';
import type { DeadLetter } from '../pipeline/quote';
import type { QuoteRow } from '../pipeline/row';
import * as beam from '../sdk/beam';

/** A message of `iex-aggregate`, as a subscription or a file has it. */
export interface Message {
  payload: Uint8Array;
  /** Milliseconds since the epoch; absent if the message was read from a file. */
  publishTime?: number;
}

/** Beam's lowest timestamp, in ms, for messages that were never published. */
const LEAST_TIMESTAMP = Long.fromString('-9223372036854775');

const publishTimestamp = ({ publishTime }: Message) =>
  publishTime === undefined ? LEAST_TIMESTAMP : Long.fromNumber(publishTime);
const payloadOf = ({ payload }: Message) => payload;
beam.requireForSerialization('iex-dataflow/dist/runners/messages', { publishTimestamp, payloadOf });

/** Returned by steps that keep what they get: an output costs time even if no step takes it. */
export const NO_OUTPUT: Iterable<never> = [];

type Keep<T, Context> = (element: T, context: Context) => typeof NO_OUTPUT;

/** Builds the pipeline over messages. Its output goes to two steps, which also get the context. */
export function processMessages<Context extends object>(
  messages: beam.PCollection<Message>,
  resolutions: readonly number[],
  keep: { row: Keep<QuoteRow, Context>; deadLetter: Keep<DeadLetter, Context> },
  context: Context,
): void {
  const payloads: beam.PCollection<Uint8Array> = messages
    .apply(beam.withName('Take publish times', beam.assignTimestamps(publishTimestamp)))
    .map(beam.withName('Take payloads', payloadOf));
  const { rows, deadLetters } = createPipeline(payloads, resolutions);
  for (const [i, resolutionRows] of rows.entries()) {
    resolutionRows.flatMap(beam.withName(`Keep rows ${resolutions[i]}`, keep.row), context);
  }
  deadLetters.flatMap(beam.withName('Keep dead letters', keep.deadLetter), context);
}
