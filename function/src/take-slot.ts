import { fetchQuotes, type QuoteClient } from './fetch-quotes.js';
import { forEachBounded } from './lists.js';
import type { Logger } from './log.js';
import type { Publisher } from './publisher.js';
import { type MissReason, QuoteError, type QuoteOutcomes } from './quote-sources/source.js';
import type { Slot } from './slots.js';
import type { TickReport } from './tick-report.js';
import { nameSome } from './tickers.js';

/** A quote as it is published to `iex-aggregate`, where the Beam pipelines read it. */
export interface QuoteMessage {
  readonly symbol: string;
  readonly latest_price: number;
  /** When the answer arrived: ISO 8601, UTC, milliseconds. */
  readonly event_time: string;
}

/** The symbols of one request, and until when (monotonic ms) the API asked to be left alone. */
export interface Chunk {
  readonly symbols: readonly string[];
  quietUntil: number;
}

/** A tick under way, as its slots see it. */
export interface Tick {
  /** First part of the ids of its quotes. */
  readonly id: string;
  readonly chunks: readonly Chunk[];
  /** The wall clock (ms since the Unix epoch) at an instant of the monotonic one (ms). */
  readonly wallTimeAt: (instant: number) => number;
  readonly report: TickReport;
  readonly quotes: QuoteClient;
  readonly publisher: Publisher;
  readonly log: Logger;
}

/** Requests that one message has under way at most. */
const MAX_REQUESTS = 20;

/** How much of an error is logged: the Pub/Sub client's, for one, tells of all of its attempts. */
const DETAIL_LENGTH = 500;

/** The chunk of some symbols, at the start of a tick. */
export function createChunk(symbols: readonly string[]): Chunk {
  return { symbols, quietUntil: Number.NEGATIVE_INFINITY };
}

/**
 * Takes the quotes of one slot and publishes each as soon as it is there. Resolves when all are
 * taken over by Pub/Sub or given up. What was missed goes to the tick's report and, in a line for
 * each reason, to the log.
 */
export async function takeSlot(slot: Slot, tick: Tick): Promise<void> {
  const misses = new Misses();
  const publishing: Promise<void>[] = [];

  await forEachBounded(tick.chunks, MAX_REQUESTS, async (chunk) => {
    const outcomes = await takeChunk(chunk, slot, tick, misses);
    const observedAt = tick.wallTimeAt(tick.quotes.clock.now());
    for (const [symbol, outcome] of outcomes) {
      if ('missed' in outcome) {
        misses.add(outcome.missed, [symbol]);
        continue;
      }
      const published = publishQuote(symbol, outcome.price, observedAt, slot, tick);
      publishing.push(
        published.catch((error) => {
          misses.add('publish_failed', [symbol], String(error));
        }),
      );
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

/** The quotes that one slot missed, by reason. */
class Misses {
  readonly byReason = new Map<MissReason, { symbols: string[]; detail: string | undefined }>();

  add(reason: MissReason, symbols: readonly string[], detail?: string): void {
    const known = this.byReason.get(reason);
    if (known) known.symbols.push(...symbols);
    else
      this.byReason.set(reason, { symbols: [...symbols], detail: detail?.slice(0, DETAIL_LENGTH) });
  }
}

/** The outcomes of one request; none, and its symbols among the misses, where it failed. */
async function takeChunk(
  chunk: Chunk,
  slot: Slot,
  tick: Tick,
  misses: Misses,
): Promise<QuoteOutcomes> {
  const { clock } = tick.quotes;
  const start = clock.now();
  if (start < chunk.quietUntil) {
    misses.add('throttled', chunk.symbols, 'the quote API asked to be left alone for longer');
    return new Map();
  }
  try {
    const outcomes = await fetchQuotes(chunk.symbols, slot.end, tick.quotes);
    tick.report.answered(clock.now() - start);
    return outcomes;
  } catch (error) {
    // Not even a fault of ours in reading an answer may end the loop.
    const failure = error instanceof QuoteError ? error : new QuoteError('fault', String(error));
    chunk.quietUntil = clock.now() + (failure.retryAfterMs ?? 0);
    misses.add(failure.reason, chunk.symbols, failure.message);
    return new Map();
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
