/**
 * The functions that run on Beam's workers. They travel by name: each is registered under the module that a worker
 * requires to find it, and so may use what this module imports, but no variable of the code that builds the pipeline.
 */
import Long from 'long';
import {
  type Counter,
  type Instant,
  type IntervalWindow,
  type ParDoLookupParam,
  requireForSerialization,
} from './beam';
import { type ParsedMessage, parseMessage, type Quote } from './quote';
import type { QuoteRow } from './row';

const MICROSECONDS_PER_MILLISECOND = 1000;

/** What `readMessage` needs from its surroundings. */
export interface ReadContext {
  publishTime: ParDoLookupParam<Instant>;
  messagesRead: Counter;
  deadLetters: Counter;
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
  if ('deadLetter' in parsed) context.deadLetters.increment();
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

requireForSerialization('iex-dataflow/dist/steps', { readMessage, eventTimestamp, makeRow });
