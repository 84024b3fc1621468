import * as beam from '../sdk/beam';
import type { DeadLetter, Quote } from './quote';
import type { QuoteRow } from './row';
import {
  deadLetterCounters,
  eventTimestamp,
  makeRow,
  type ReadContext,
  type RowContext,
  readMessage,
} from './steps';
import { resolutionWindows } from './windows';

/** The output of the pipeline, for a sink. */
export interface PipelineOutput {
  /** The rows of each resolution, in the order of the resolutions. */
  rows: beam.PCollection<QuoteRow>[];
  deadLetters: beam.PCollection<DeadLetter>;
}

/**
 * The pipeline between its source and its sinks: messages in, rows and dead letters out. It reads
 * no settings and uses no other system, so that it is the same on every runner.
 *
 * @param messages payloads of `iex-aggregate`, each with its publish time as the element's
 *   timestamp
 * @param resolutions lengths of the sliding windows, in minutes
 */
export function createPipeline(
  messages: beam.PCollection<Uint8Array>,
  resolutions: readonly number[],
): PipelineOutput {
  const read = beam.mapStep('Read messages', readMessage, {
    publishTime: beam.timestampParam(),
    messagesRead: beam.counter('messages_read'),
    messagesParsed: beam.counter('messages_parsed'),
    quoteLatency: beam.distribution('quote_latency_ms'),
    ...deadLetterCounters(),
  } satisfies ReadContext);
  const { quote: quotes, deadLetter: deadLetters } = messages
    .apply(read)
    .apply(beam.withName('Split off dead letters', beam.split(['quote', 'deadLetter']))) as {
    quote: beam.PCollection<Quote>;
    deadLetter: beam.PCollection<DeadLetter>;
  };

  const timed: beam.PCollection<Quote> = quotes.apply(
    beam.withName('Take event times', beam.assignTimestamps(eventTimestamp)),
  );
  const rows = resolutions.map((resolutionMinutes) =>
    timed.apply(beam.withName(`${resolutionMinutes} min windows`, windowedRows(resolutionMinutes))),
  );
  return { rows, deadLetters };
}

/** Makes one row for each quote and each window of the resolution that holds it. */
function windowedRows(resolutionMinutes: number) {
  return (quotes: beam.PCollection<Quote>): beam.PCollection<QuoteRow> =>
    quotes.apply(beam.windowInto(resolutionWindows(resolutionMinutes))).flatMap(makeRow, {
      window: beam.windowParam() as RowContext['window'],
      resolutionMinutes,
      rows: beam.counter(`rows_${resolutionMinutes}_min`),
    } satisfies RowContext);
}
