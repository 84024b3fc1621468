/**
 * The functions that run on Beam's workers. They travel by name: each is registered under the module that a worker
 * requires to find it, and so may use what this module imports, but no variable of the code that builds the pipeline.
 */
import Long from 'long';
import {
  type Counter,
  counter,
  type Instant,
  type IntervalWindow,
  type Metric,
  type ParDoLookupParam,
  requireForSerialization,
} from '../sdk/beam';
import {
  type DeadLetter,
  type ParsedMessage,
  parseMessage,
  type Quote,
  STAGES,
  type Stage,
} from './quote';
import type { QuoteRow } from './row';
import { logSampled } from './sampled-log';

const MICROSECONDS_PER_MILLISECOND = 1000;

/**
 * How many dead letters there are: in all, and by the step that refused. They stand in a step's context itself, because
 * the SDK looks no deeper: a counter below cannot count.
 */
type DeadLetterCounters = Record<'dead_letters' | `dead_letters_${Stage}`, Counter>;

export function deadLetterCounters(): DeadLetterCounters {
  const names = ['dead_letters', ...STAGES.map((stage) => `dead_letters_${stage}`)];
  return Object.fromEntries(names.map((name) => [name, counter(name)])) as DeadLetterCounters;
}

function countDeadLetter({ stage, reason }: DeadLetter, counters: DeadLetterCounters): void {
  counters.dead_letters.increment();
  counters[`dead_letters_${stage}`].increment();
  logSampled(`refused at stage ${stage}`, { reason });
}

/** What `readMessage` needs from its surroundings. */
export interface ReadContext extends DeadLetterCounters {
  publishTime: ParDoLookupParam<Instant>;
  messagesRead: Counter;
  messagesParsed: Counter;
  /** From when a quote was observed until its rows are made, in ms. */
  quoteLatency: Metric<number>;
}

/** Reads one payload, whose timestamp is its publish time, into a quote or a dead letter. */
export function readMessage(payload: Uint8Array, context: ReadContext): ParsedMessage {
  const publishTime = context.publishTime.lookup();
  const parsed = parseMessage(
    payload,
    // What was never published has the least timestamp there is.
    publishTime.isNegative() ? undefined : publishTime.toNumber() * MICROSECONDS_PER_MILLISECOND,
  );
  context.messagesRead.increment();
  if ('deadLetter' in parsed) {
    countDeadLetter(parsed.deadLetter, context);
  } else {
    context.messagesParsed.increment();
    // The steps from here to the rows run for one quote before the next is read.
    const observed = parsed.quote.event_time / MICROSECONDS_PER_MILLISECOND;
    context.quoteLatency.update(Math.max(0, Math.round(Date.now() - observed)));
  }
  return parsed;
}

/** The quote's event time as Beam's timestamp, in whole milliseconds: windows begin and end on whole seconds. */
export function eventTimestamp(quote: Quote): Long {
  return Long.fromNumber(Math.floor(quote.event_time / MICROSECONDS_PER_MILLISECOND));
}

/** What `makeRow` needs from its surroundings. */
export interface RowContext {
  window: ParDoLookupParam<IntervalWindow>;
  resolutionMinutes: number;
  rows: Counter;
}

/** The row of a quote in one of its windows. */
export function makeRow(quote: Quote, context: RowContext): QuoteRow {
  context.rows.increment();
  return {
    symbol: quote.symbol,
    latest_price: quote.latest_price,
    window_end: context.window.lookup().end.toNumber() * MICROSECONDS_PER_MILLISECOND,
    event_time: quote.event_time,
    resolution_minutes: context.resolutionMinutes,
  };
}

/** A row that BigQuery refused. */
export interface RefusedRow {
  failed_row: Record<string, unknown>;
  error_message: string;
}

/** The dead letter of a row that BigQuery refused. */
export function refuseRow(
  { failed_row, error_message }: RefusedRow,
  context: DeadLetterCounters,
): DeadLetter {
  const deadLetter: DeadLetter = {
    payload: JSON.stringify(failed_row),
    reason: error_message,
    stage: 'write',
    dead_letter_time: Date.now() * MICROSECONDS_PER_MILLISECOND,
  };
  countDeadLetter(deadLetter, context);
  return deadLetter;
}

/** The last that can be done for a dead letter that BigQuery refuses: it is in the log, whole. */
export function logLostDeadLetter(
  { failed_row, error_message }: RefusedRow,
  context: { lost: Counter },
): void {
  context.lost.increment();
  console.error(
    JSON.stringify({
      severity: 'CRITICAL',
      message: 'dead letter refused',
      error_message,
      failed_row,
    }),
  );
}

requireForSerialization('iex-dataflow/dist/pipeline/steps', {
  readMessage,
  eventTimestamp,
  makeRow,
  refuseRow,
  logLostDeadLetter,
});
