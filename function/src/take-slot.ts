import type { QuoteMessage } from 'iex-contract';
import { fetchBatch } from './fetch-batch.js';
import type { QuoteClient } from './fetch-quotes.js';
import { forEachBounded } from './lists.js';
import type { Logger } from './log.js';
import type { Publisher } from './publisher.js';
import type { MissReason } from './quote-sources/source.js';
import type { Slot } from './slots.js';
import type { TickReport } from './tick-report.js';
import { nameSome } from './tickers.js';

/** A tick that is being handled, as its slots see it. */
export interface Tick {
  /** First part of the ids of its quotes. */
  readonly id: string;
  /** Its symbols, those of one request together. */
  readonly batches: readonly (readonly string[])[];
  /** The wall clock (ms since the Unix epoch) at an instant of the monotonic one (ms). */
  readonly wallTimeAt: (instant: number) => number;
  readonly report: TickReport;
  readonly quotes: QuoteClient;
  readonly publisher: Publisher;
  readonly log: Logger;
}

/** The most requests that run at the same time for one message. */
const MAX_REQUESTS = 20;

/** How much (characters) of an error is logged: the Pub/Sub client's lists all of its attempts. */
const DETAIL_LENGTH = 500;

/**
 * Takes the quotes of one slot and publishes each as soon as it arrives. Resolves when Pub/Sub has
 * accepted all of them, or they are given up. What was missed goes to the tick's report and, in a
 * line for each reason, to the log.
 */
export async function takeSlot(slot: Slot, tick: Tick): Promise<void> {
  const misses = new Misses();
  const publishing: Promise<void>[] = [];

  await forEachBounded(tick.batches, MAX_REQUESTS, async (batch) => {
    for await (const part of fetchBatch(batch, slot.end, tick.quotes, tick.log)) {
      const observedAt = tick.wallTimeAt(tick.quotes.clock.now());
      if (part.latencyMs !== undefined) tick.report.responded(part.latencyMs);
      for (const [symbol, outcome] of part.outcomes) {
        if ('missed' in outcome) {
          if (outcome.isLogged) tick.report.missed(outcome.missed);
          else misses.add(outcome.missed, symbol, outcome.detail);
          continue;
        }
        const published = publishQuote(symbol, outcome.price, observedAt, slot, tick);
        publishing.push(
          published.catch((error) => misses.add('publish_failed', symbol, String(error))),
        );
      }
    }
  });
  await Promise.all(publishing);

  for (const [reason, { symbols, detail }] of misses.byReason) {
    tick.report.missed(reason, symbols.length);
    tick.log.warning(`quotes missed: ${symbols.length} (${reason})`, {
      slot: slot.index,
      reason,
      detail,
      ...nameSome(symbols),
    });
  }
}

/** The quotes that one slot missed, by reason, with what is known of the first of each. */
class Misses {
  readonly byReason = new Map<MissReason, { symbols: string[]; detail: string | undefined }>();

  add(reason: MissReason, symbol: string, detail?: string): void {
    const known = this.byReason.get(reason);
    if (known) known.symbols.push(symbol);
    else {
      this.byReason.set(reason, { symbols: [symbol], detail: detail?.slice(0, DETAIL_LENGTH) });
    }
  }
}

/** Publishes one quote. A rejection is final: the client has retried by then. */
async function publishQuote(
  symbol: string,
  price: number,
  observedAt: number,
  slot: Slot,
  tick: Tick,
): Promise<void> {
  const json: QuoteMessage = {
    symbol,
    latest_price: price,
    event_time: new Date(observedAt).toISOString(),
  };
  const attributes = { quote_id: `${tick.id}/${symbol}/${slot.index}` };
  await tick.publisher.publish({ json, attributes });
  tick.report.published();
  tick.log.debug('published a quote', { symbol, slot: slot.index, latest_price: price });
}
