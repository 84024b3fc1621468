import { MalformedEventError, readEvent, type TickMessage } from './event.js';
import { type Logger, traceFields } from './log.js';
import { readTickers, type Tickers } from './tickers.js';

/** A message with tickers that a function has received. */
export interface ReceivedTick {
  readonly message: TickMessage;
  readonly asked: Tickers;
  /** A logger whose entries belong to the trace of the delivery. */
  readonly log: Logger;
}

/**
 * Reads an event with tickers. A malformed one is logged as an error and gives `undefined`: the
 * function then acknowledges it, because no retry would make it valid.
 *
 * @param project the Google Cloud project of the traces, if it is known
 */
export function receive(
  event: unknown,
  log: Logger,
  project: string | undefined,
): ReceivedTick | undefined {
  try {
    const message = readEvent(event);
    const traced = log.with(traceFields(message.traceparent, project));
    return { message, asked: readTickers(message.payload), log: traced };
  } catch (error) {
    if (!(error instanceof MalformedEventError)) throw error;
    log.error(`dropped a malformed event: ${error.message}`);
    return undefined;
  }
}
