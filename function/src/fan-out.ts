import { forEachBounded, inChunks } from './lists.js';
import type { Logger } from './log.js';
import type { Publisher } from './publisher.js';
import { receive } from './receive.js';
import { TICK_MS, tickAge } from './slots.js';
import { reportOmissions } from './tickers.js';

/** The dependencies of the function `fanOut`. */
export interface FanOutParts {
  readonly publisher: Publisher;
  /** How many tickers go into one message of `iex-ingest`. */
  readonly tickersPerMessage: number;
  /** The wall clock, in ms since the Unix epoch. */
  readonly wallTime: () => number;
  readonly log: Logger;
  /** The Google Cloud project of the traces, if it is known. */
  readonly project: string | undefined;
}

/** Thrown if messages could not be published; Pub/Sub then delivers the alarm again. */
export class FanOutError extends Error {
  override readonly name = 'FanOutError';
}

/**
 * The most messages that are being published, so that a large alarm does not fill the memory.
 */
const MAX_OUTSTANDING = 5_000;

/**
 * Handles an alarm, a message of `iex-fan-out`: publishes its tickers to `iex-ingest`, a few to a
 * message. Each message carries the alarm's id as attribute `tick_id`, so that an alarm which is
 * delivered twice leads to the same quote ids. Malformed and stale alarms are logged and
 * acknowledged.
 *
 * @throws {FanOutError} if a message could not be published
 */
export async function handleAlarm(event: unknown, parts: FanOutParts): Promise<void> {
  const received = receive(event, parts.log, parts.project);
  if (!received) return;
  const { message, asked } = received;
  const log = received.log.with({ tick: message.id });

  const ageMs = tickAge(message.publishTime, parts.wallTime());
  if (ageMs >= TICK_MS) {
    // If it were published now, its messages would count as a tick of the present.
    log.warning('dropped an alarm whose slots are all past', { age_ms: ageMs });
    return;
  }

  const messages = inChunks(asked.tickers, parts.tickersPerMessage).map(ingestMessage);
  await publishAll(messages, message.id, parts.publisher);
  reportOmissions(asked, log);
  log.info(`fanned ${asked.tickers.length} tickers out to ${messages.length} messages`, {
    tickers: asked.tickers.length,
    messages: messages.length,
  });
}

type IngestMessage = { readonly ticker: string } | { readonly tickers: readonly string[] };

function ingestMessage(tickers: readonly string[]): IngestMessage {
  const [ticker] = tickers;
  return ticker !== undefined && tickers.length === 1 ? { ticker } : { tickers };
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
