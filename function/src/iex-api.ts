import { sleepUntil } from './clock.js';
import { MalformedEventError, readEvent, type TickMessage } from './event.js';
import type { QuoteClient } from './fetch-quotes.js';
import { type Logger, traceFields } from './log.js';
import type { Publisher } from './publisher.js';
import { planTick, SLOTS_PER_TICK } from './slots.js';
import { chunksOf, type Tick, takeSlot } from './take-slot.js';
import { TickReport } from './tick-report.js';
import { readTickers, reportOmissions, type Tickers } from './tickers.js';

/** All that the function `iexApi` works with. */
export interface IexApiParts {
  readonly quotes: QuoteClient;
  readonly publisher: Publisher;
  readonly log: Logger;
  /** The Google Cloud project of the traces, where it is known. */
  readonly project: string | undefined;
}

/**
 * Handles one message of `iex-ingest`: takes a quote of each of its tickers in every slot that is
 * left of the tick, and publishes it to `iex-aggregate`.
 *
 * It rejects only on a fault of its own. A malformed event is logged and acknowledged, for no retry
 * would mend it. A quote that could not be taken or published is logged and counted: when that is
 * certain its slot is past, and a redelivery would only skip it as late.
 */
export async function handleTick(event: unknown, parts: IexApiParts): Promise<void> {
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

  const { quotes, publisher, project } = parts;
  const { clock, source } = quotes;
  const id = message.attributes.tick_id ?? message.id;
  const log = parts.log.with({ tick: id, ...traceFields(message.traceparent, project) });
  const wallStart = clock.now();
  const start = clock.monotonic();
  const plan = planTick(message.publishTime, wallStart, start);
  if (plan.slots.length === 0) {
    log.warning('dropped a tick whose slots are all past', { age_ms: plan.ageMs });
    return;
  }
  reportOmissions(asked, log);

  const report = new TickReport();
  report.missed('late', (SLOTS_PER_TICK - plan.slots.length) * asked.tickers.length);
  const tick: Tick = {
    id,
    chunks: chunksOf(asked.tickers, source.maxSymbols),
    wallTime: (monotonic) => wallStart + (monotonic - start),
    report,
    quotes,
    publisher,
    log,
  };
  // Each slot waits for its own instant, not for the slot before it, so that nothing delays it.
  await Promise.all(
    plan.slots.map(async (slot) => {
      const ahead = slot.start > clock.monotonic();
      await sleepUntil(clock, slot.start);
      if (ahead) report.began(clock.monotonic() - slot.start);
      await takeSlot(slot, tick);
    }),
  );
  summarise(report, log);
}

/** The one line of a tick. It is an error where no quote at all came through. */
function summarise(report: TickReport, log: Logger): void {
  const { publishedCount, missedCount } = report;
  const message = `published ${publishedCount} of ${publishedCount + missedCount} quotes`;
  if (missedCount === 0) log.info(message, report.fields());
  else if (publishedCount > 0) log.warning(message, report.fields());
  else log.error(message, report.fields());
}
