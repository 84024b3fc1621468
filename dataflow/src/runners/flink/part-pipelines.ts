import { rowsPerQuote } from 'iex-contract';
import * as beam from '../../sdk/beam';
import { processMessages } from '../messages';
import * as steps from './part-steps';
import { ticks } from './ticks';

/** How often a worker looks for a part to take, in ms. */
const TICK_MS = 100;

const KEEP = { row: steps.keepRow, deadLetter: steps.keepDeadLetter };

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
  processMessages(messages, resolutions, KEEP, {});
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
  processMessages(messages, resolutions, KEEP, {});
}

function context(folder: string, resolutions: readonly number[]): steps.PartContext {
  return { folder, rowsPerQuote: rowsPerQuote(resolutions) };
}
