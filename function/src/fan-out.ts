import { MalformedEventError, readEvent, type TickMessage } from './event.js';
import { forEachBounded } from './for-each-bounded.js';
import { type Logger, traceFields } from './log.js';
import type { Publisher } from './publisher.js';
import { planTick } from './slots.js';
import { nameSome, readTickers, type Tickers } from './tickers.js';

/** All that the function `fanOut` works with. */
export interface FanOutParts {
  readonly publisher: Publisher;
  /** How many tickers go into one message of `iex-ingest`. */
  readonly tickersPerMessage: number;
  /** The wall clock, in ms since the Unix epoch. */
  readonly now: () => number;
  readonly log: Logger;
  /** The Google Cloud project of the traces, where it is known. */
  readonly project: string | undefined;
}

/** Thrown where messages could not be published; Pub/Sub then delivers the alarm again. */
export class FanOutError extends Error {
  override readonly name = 'FanOutError';
}

/** Messages under way at most, so that a large alarm does not pile up in memory. */
const MAX_OUTSTANDING = 5_000;

/**
 * Handles an alarm, a message of `iex-fan-out`: publishes its tickers to `iex-ingest`, a few to a
 * message. Each message carries the alarm's id as attribute `tick_id`, so that an alarm which is
 * delivered twice leads to the same quote ids. Malformed and stale alarms are logged and
 * acknowledged.
 *
 * @throws FanOutError where a message could not be published
 */
export async function handleAlarm(event: unknown, parts: FanOutParts): Promise<void> {
  let message: TickMessage;
  let asked: Tickers;
  try {
    message = readEvent(event);
    asked = readTickers(message.payload);
  } catch (error) {
    if (!(error instanceof MalformedEventError)) throw error;
    parts.log.error(`dropped a malformed event: ${error.message}`);
    return;
  }

  const log = parts.log.with({
    tick: message.id,
    ...traceFields(message.traceparent, parts.project),
  });
  const { ageMs, slots } = planTick(message.publishTime, parts.now(), 0);
  if (slots.length === 0) {
    // Published now, its messages would pass for a tick of the present.
    log.warning('dropped an alarm whose slots are all past', { age_ms: ageMs });
    return;
  }

  const messages = group(asked.tickers, parts.tickersPerMessage);
  await publishAll(messages, message.id, parts.publisher);
  const { duplicates, invalid } = asked;
  const summary = `fanned ${asked.tickers.length} tickers out to ${messages.length} messages`;
  const fields = {
    tickers: asked.tickers.length,
    messages: messages.length,
    duplicates: duplicates.length,
    invalid,
  };
  if (duplicates.length === 0 && invalid === 0) log.info(summary, fields);
  else log.warning(summary, { ...fields, ...nameSome(duplicates) });
}

type IngestMessage = { readonly ticker: string } | { readonly tickers: readonly string[] };

function group(tickers: readonly string[], size: number): IngestMessage[] {
  const messages: IngestMessage[] = [];
  for (let start = 0; start < tickers.length; start += size) {
    const [ticker, ...others] = tickers.slice(start, start + size);
    if (ticker === undefined) break;
    messages.push(others.length === 0 ? { ticker } : { tickers: [ticker, ...others] });
  }
  return messages;
}

async function publishAll(
  messages: readonly IngestMessage[],
  tickId: string,
  publisher: Publisher,
): Promise<void> {
  let published = 0;
  let failure: unknown;
  await forEachBounded(messages, MAX_OUTSTANDING, async (json) => {
    if (failure !== undefined) return;
    try {
      await publisher.publish({ json, attributes: { tick_id: tickId } });
      published++;
    } catch (error) {
      failure = error;
    }
  });
  if (failure === undefined) return;
  throw new FanOutError(
    `published ${published} of ${messages.length} messages, then: ${String(failure)}`,
    { cause: failure },
  );
}
