import { sleepUntil } from './deadlines.js';
import type { QuoteClient } from './fetch-quotes.js';
import { inChunks } from './lists.js';
import type { Logger } from './log.js';
import type { Publisher } from './publisher.js';
import { receive } from './receive.js';
import { SLOTS_PER_TICK, slotsLeft, tickAge } from './slots.js';
import { type Tick, takeSlot } from './take-slot.js';
import { TickReport } from './tick-report.js';
import { reportOmissions } from './tickers.js';

/** The dependencies of the function `iexApi`. */
export interface IexApiParts {
  readonly quotes: QuoteClient;
  readonly publisher: Publisher;
  readonly log: Logger;
  /** The Google Cloud project of the traces, if it is known. */
  readonly project: string | undefined;
}

/**
 * Handles one message of `iex-ingest`: in every slot that is left of the tick, takes a quote of
 * each of its tickers and publishes it to `iex-aggregate`.
 *
 * It rejects only on a fault of its own. A malformed event is logged and acknowledged, because no
 * retry would make it valid. A quote that could not be taken or published is logged and counted: by
 * then its slot is over, and a redelivery would only skip it as late.
 */
export async function handleTick(event: unknown, parts: IexApiParts): Promise<void> {
  const { quotes, publisher } = parts;
  const received = receive(event, parts.log, parts.project);
  if (!received) return;
  const { message, asked } = received;
  const id = message.attributes.tick_id || message.id;
  const log = received.log.with({ tick: id });

  // The wall clock is read this once; from here on the monotonic clock counts.
  const { clock } = quotes;
  const wallStart = clock.wallTime();
  const start = clock.now();
  const ageMs = tickAge(message.publishTime, wallStart);
  const slots = slotsLeft(ageMs, start);
  if (slots.length === 0) {
    log.warning('dropped a tick whose slots are all past', { age_ms: ageMs });
    return;
  }
  reportOmissions(asked, log);

  const report = new TickReport();
  report.missed('late', (SLOTS_PER_TICK - slots.length) * asked.tickers.length);
  const tick: Tick = {
    id,
    batches: inChunks(asked.tickers, quotes.source.maxSymbols),
    wallTimeAt: (instant) => wallStart + (instant - start),
    report,
    quotes,
    publisher,
    log,
  };
  // Each slot waits for its own instant, not for the slot before it, so that nothing delays it.
  await Promise.all(
    slots.map(async (slot) => {
      const ahead = slot.start > clock.now();
      await sleepUntil(clock, slot.start);
      if (ahead) report.began(clock.now() - slot.start);
      await takeSlot(slot, tick);
    }),
  );
  summarise(report, log);
}

/** Logs the one line of a tick. It is an error if no quote at all was published. */
function summarise(report: TickReport, log: Logger): void {
  const { publishedCount, missedCount } = report;
  const message = `published ${publishedCount} of ${publishedCount + missedCount} quotes`;
  if (missedCount === 0) log.info(message, report.fields());
  else if (publishedCount > 0) log.warning(message, report.fields());
  else log.error(message, report.fields());
}
