import { rowsPerQuote } from 'iex-contract';
import { createPipeline } from '../../pipeline/pipeline';
import * as beam from '../../sdk/beam';
import * as steps from './history-steps';

/** Builds the pipeline over the parts of a history, which the runner divides among its workers. */
export function historyPipeline(
  root: beam.Root,
  folder: string,
  parts: number,
  resolutions: readonly number[],
): void {
  const context: steps.HistoryContext = {
    folder,
    parts,
    rowsPerQuote: rowsPerQuote(resolutions),
  };
  const lines: beam.PCollection<Uint8Array> = root
    .apply(beam.impulse())
    .flatMap(beam.withName('List parts', steps.listParts), context)
    .apply(beam.withName('Divide parts', beam.groupBy(steps.samePart)))
    .flatMap(beam.withName('Read parts', steps.readPart), context)
    .apply(beam.withName('Never published', beam.assignTimestamps(steps.neverPublished)));
  const { rows, deadLetters } = createPipeline(lines, resolutions);
  for (const [i, resolutionRows] of rows.entries()) {
    resolutionRows.map(beam.withName(`Keep rows ${resolutions[i]}`, steps.keepRow));
  }
  deadLetters.map(beam.withName('Keep dead letters', steps.keepDeadLetter));
}
