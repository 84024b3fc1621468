import type { PipelineOutput } from '../pipeline/pipeline';
import { deadLetterCounters, logLostDeadLetter, refuseRow } from '../pipeline/steps';
import * as beam from '../sdk/beam';
import { writeToBigQuery } from './bigquery-sink';
import type { Tables } from './tables';

/**
 * Writes the pipeline's rows and dead letters to BigQuery. A row that BigQuery refuses becomes a
 * dead letter; a dead letter that it refuses is logged.
 *
 * @param expansionService address of the service that expands Java's transforms, HOST:PORT
 * @throws {Error} if the expansion service does not respond or refuses a transform
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
 * Moves elements to the global window, so that several branches can be written as one; rows have
 * their window as a column. Java's output is in the global window already, but the SDK assumes the
 * input's windows.
 */
const inGlobalWindow = <T>(name: string, input: beam.PCollection<T>): beam.PCollection<T> =>
  input.apply(beam.withName(name, beam.windowInto(beam.globalWindows())));
