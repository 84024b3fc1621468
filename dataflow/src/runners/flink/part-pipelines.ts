import { rowsPerQuote } from 'iex-contract';
import { createPipeline } from '../../pipeline/pipeline';
import * as beam from '../../sdk/beam';
import type { Message } from '../direct/batch';
import * as steps from './part-steps';
import { ticks } from './ticks';

/** How often a worker looks for a part to take, in ms. */
const TICK_MS = 100;

/** Builds the pipeline over a number of parts, which the runner divides among its workers. */
export function boundedPipeline(
  root: beam.Root,
  folder: string,
  parts: number,
  resolutions: readonly number[],
): void {
  const messages = root
    .apply(beam.impulse())
    .flatMap(beam.withName('List parts', steps.listParts), { parts })
    .apply(beam.withName('Divide parts', beam.groupBy(steps.samePart)))
    .flatMap(beam.withName('Read parts', steps.readPart), context(folder, resolutions));
  addPipeline(messages, resolutions);
}

/** Builds the pipeline over the parts that appear, which its workers take whenever they are free. */
export function unboundedPipeline(
  root: beam.Root,
  folder: string,
  resolutions: readonly number[],
): void {
  const messages = root
    .apply(ticks(TICK_MS))
    .flatMap(beam.withName('Take parts', steps.takePart), context(folder, resolutions));
  addPipeline(messages, resolutions);
}

function context(folder: string, resolutions: readonly number[]): steps.PartContext {
  return { folder, rowsPerQuote: rowsPerQuote(resolutions) };
}

function addPipeline(messages: beam.PCollection<Message>, resolutions: readonly number[]): void {
  const payloads: beam.PCollection<Uint8Array> = messages
    .apply(beam.withName('Take publish times', beam.assignTimestamps(steps.publishTimestamp)))
    .map(beam.withName('Take payloads', steps.payloadOf));
  const { rows, deadLetters } = createPipeline(payloads, resolutions);
  for (const [i, resolutionRows] of rows.entries()) {
    resolutionRows.map(beam.withName(`Keep rows ${resolutions[i]}`, steps.keepRow));
  }
  deadLetters.map(beam.withName('Keep dead letters', steps.keepDeadLetter));
}
