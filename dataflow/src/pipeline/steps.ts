/**
 * The functions that run on Beam's workers. They are serialised by name: each is registered under
 * the module that a worker requires to find it. So they may use what this module imports, but no
 * variable of the code that builds the pipeline.
 */
import { WINDOW_OFFSET_MS, WINDOW_PERIOD_MS } from 'iex-contract';
import Long from 'long';
import {
  type Counter,
  counter,
  type Instant,
  type IntervalWindow,
  type Metric,
  type ParDoLookupParam,
  requireForSerialization,
  type WindowFn,
} from '../sdk/beam';
import {
  type DeadLetter,
  makeDeadLetter,
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
 * The number of dead letters, in total and by the stage that refused. They are properties of a
 * step's context itself, because the SDK does not find counters that are nested deeper.
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

/** The context of `readMessage`. */
export interface ReadContext extends DeadLetterCounters {
  publishTime: ParDoLookupParam<Instant>;
  messagesRead: Counter;
  messagesParsed: Counter;
  /** The time from the observation of a quote until its rows are made, in ms. */
  quoteLatency: Metric<number>;
}

/** Reads one payload, whose timestamp is its publish time, into a quote or a dead letter. */
export function readMessage(payload: Uint8Array, context: ReadContext): ParsedMessage {
  const publishTime = context.publishTime.lookup();
  const parsed = parseMessage(
    payload,
    // A message that was never published has Beam's lowest timestamp.
    publishTime.isNegative() ? undefined : publishTime.toNumber() * MICROSECONDS_PER_MILLISECOND,
  );
  context.messagesRead.increment();
  if ('deadLetter' in parsed) {
    countDeadLetter(parsed.deadLetter, context);
  } else {
    context.messagesParsed.increment();
    // The steps from here to the rows run for this quote before the next one is read.
    const observed = parsed.quote.event_time / MICROSECONDS_PER_MILLISECOND;
    context.quoteLatency.update(Math.max(0, Math.round(Date.now() - observed)));
  }
  return parsed;
}

/**
 * The quote's event time as Beam's timestamp, in whole milliseconds: that suffices, because windows
 * begin and end on whole seconds.
 */
export function eventTimestamp(quote: Quote): Long {
  return Long.fromNumber(Math.floor(quote.event_time / MICROSECONDS_PER_MILLISECOND));
}

/** The SDK's sliding windows, and those that were assigned last. */
export interface SlidingWindows extends WindowFn<IntervalWindow> {
  sliding: WindowFn<IntervalWindow>;
  last?: { periodStart: number; windows: IntervalWindow[] };
}

/**
 * The windows of a timestamp. All timestamps of a period have the same, and the quotes of a slot
 * arrive together: making the windows for each quote would take a third of the pipeline's time.
 */
export function assignWindows(this: SlidingWindows, timestamp: Instant): IntervalWindow[] {
  const time = timestamp.toNumber();
  const periodStart = time - ((time - WINDOW_OFFSET_MS) % WINDOW_PERIOD_MS);
  if (this.last?.periodStart !== periodStart) {
    const windows = this.sliding.assignWindows(Long.fromNumber(periodStart));
    this.last = { periodStart, windows };
  }
  return this.last.windows;
}

/** The context of `makeRow`. */
export interface RowContext {
  window: ParDoLookupParam<IntervalWindow>;
  resolutionMinutes: number;
  rows: Counter;
}

/**
 * The row of a quote in one of its windows. It is in a list, for `flatMap`, because the SDK's `map`
 * creates a generator for each element.
 */
export function makeRow(quote: Quote, context: RowContext): [QuoteRow] {
  context.rows.increment();
  return [
    {
      symbol: quote.symbol,
      latest_price: quote.latest_price,
      window_end: context.window.lookup().end.toNumber() * MICROSECONDS_PER_MILLISECOND,
      event_time: quote.event_time,
      resolution_minutes: context.resolutionMinutes,
    },
  ];
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
  const row = JSON.stringify(failed_row);
  const deadLetter = makeDeadLetter('write', row, error_message, Buffer.byteLength(row));
  countDeadLetter(deadLetter, context);
  return deadLetter;
}

/** Logs a dead letter that BigQuery refuses, so that it is not lost. */
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
  assignWindows,
  makeRow,
  refuseRow,
  logLostDeadLetter,
});
