import { systemClock } from 'iex-cli/clock';
import type { QuoteMessage } from 'iex-contract';
import { createPrices } from '../quote-simulator/prices.js';
import { paceOf } from './pace.js';
import type { OutgoingMessage, TopicPublisher } from './topic-publisher.js';

const MOST_MESSAGES = 1000;

export interface LoadOptions {
  symbolCount: number;
  /** Quotes per second. */
  rate: number;
  /** In seconds. */
  duration: number;
  onProgress?: (published: number) => void;
  signal?: AbortSignal;
}

/** The quotes of a load test, as far as they are published. */
export interface Load {
  /** Begins the symbols of this run, and of no other. */
  prefix: string;
  /** When each quote was published, in ms since the epoch. */
  times: number[];
  /** In ms since the epoch. */
  start: number;
  /** When the last request was accepted, in ms since the epoch. */
  end: number;
}

export function newLoad(): Load {
  const start = Date.now();
  return { prefix: `LOAD-${start.toString(36).toUpperCase()}-`, times: [], start, end: start };
}

/** The id of a quote of a load test, by its number; without one, the beginning of all ids. */
export function loadId({ prefix }: Load, number: number | ''): string {
  return `load/${prefix}${number}`;
}

/**
 * Publishes quotes of symbols that no other run has, at a rate, with the present as their event
 * time.
 *
 * @param load filled with what is published
 * @throws {PublishError} if publishing fails
 */
export async function publishLoad(
  load: Load,
  publisher: TopicPublisher,
  { symbolCount, rate, duration, onProgress, signal }: LoadOptions,
): Promise<void> {
  const priceAt = createPrices(load.start);
  const total = Math.round(rate * duration);
  const take = paceOf(systemClock, rate);
  while (load.times.length < total && !signal?.aborted) {
    const count = await take(Math.min(MOST_MESSAGES, total - load.times.length), signal);
    if (count === 0) return;
    const now = Date.now();
    const event_time = new Date(now).toISOString();
    const messages = Array.from({ length: count }, (_, i): OutgoingMessage => {
      const number = load.times.length + i;
      const symbol = `${load.prefix}${number % symbolCount}`;
      // Each quote is one of its own, even if a symbol has several at the same time.
      const latest_price = priceAt(symbol, now) + number / 1e6;
      const quote: QuoteMessage = { symbol, latest_price, event_time };
      return { data: Buffer.from(JSON.stringify(quote)), quoteId: loadId(load, number) };
    });
    await publisher.publish(messages);
    for (let i = 0; i < count; i += 1) load.times.push(now);
    load.end = Date.now();
    onProgress?.(load.times.length);
  }
}
