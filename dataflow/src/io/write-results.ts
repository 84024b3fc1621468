import type { PipelineOutput } from '../pipeline/pipeline';
import { deadLetterCounters, logLostDeadLetter, refuseRow } from '../pipeline/steps';
import * as beam from '../sdk/beam';
import { type Column, writeToBigQuery } from './io';

/** Where rows and dead letters go. */
export interface Tables {
  quote: Table;
  deadLetter: Table;
}

export interface Table {
  /** PROJECT:DATASET.TABLE */
  name: string;
  columns: readonly Column[];
}

/**
 * Writes what comes out of the pipeline to BigQuery. A row that BigQuery refuses becomes a dead letter; a dead letter
 * that it refuses is logged.
 *
 * @param expansionService address of the service that has Java's transforms, HOST:PORT
 * @throws if the expansion service does not answer, or refuses a transform
 */
export async function writeResults(
  { rows, deadLetters }: PipelineOutput,
  tables: Tables,
  expansionService: string,
): Promise<void> {
  const refused = await beam
    .P(rows.map((some, i) => inGlobalWindow(`Rows ${i + 1}`, some)))
    .apply(beam.withName('All rows', beam.flatten()))
    .applyAsync(writeToBigQuery(tables.quote.name, tables.quote.columns, expansionService));
  const refusedRows = inGlobalWindow('Refused rows', refused).apply(
    beam.mapStep('Refuse rows', refuseRow, deadLetterCounters()),
  );

  const lost: typeof refused = await beam
    .P([inGlobalWindow('Refused messages', deadLetters), refusedRows])
    .apply(beam.withName('All dead letters', beam.flatten()))
    .applyAsync(
      writeToBigQuery(tables.deadLetter.name, tables.deadLetter.columns, expansionService),
    );
  lost.apply(
    beam.mapStep('Log lost dead letters', logLostDeadLetter, {
      lost: beam.counter('dead_letters_lost'),
    }),
  );
}

/**
 * Ends windowing, so that what comes from several branches can be written as one: a row has its window as a column. What
 * comes from Java is in the global window already, but the SDK sees another one.
 */
const inGlobalWindow = <T>(name: string, input: beam.PCollection<T>): beam.PCollection<T> =>
  input.apply(beam.withName(name, beam.windowInto(beam.globalWindows())));
