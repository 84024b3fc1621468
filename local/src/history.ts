import type { PubSub } from '@google-cloud/pubsub';
import { type QuoteMessage, TOPICS } from 'iex-contract';
import type { PriceAt } from './quote-simulator/prices.js';

/** The time between two quotes of a symbol, in ms: a slot of the function's loop. */
const SLOT_MS = 10_000;

/**
 * The most quotes of a history, so that their rows do not delay the first live quotes: 15 minutes of
 * 100 symbols. With more symbols, the history is shorter.
 */
const MOST_QUOTES = 9000;

/** The messages of the minutes before a run. */
export interface History {
  /** Rounded down; 0 if there are none. */
  minutes: number;
  messages: { json: QuoteMessage; attributes: { quote_id: string } }[];
}

/**
 * Makes the quotes that a run would have taken in the minutes before it, of the same prices as its
 * own quotes. Their times are multiples of a slot, so that runs that start soon after one another
 * make the same messages, with the same ids.
 *
 * @param start of the run, in ms since the epoch; the last quote is half a slot older, at least
 * @param minutes how far to go back
 */
export function makeHistory(
  symbols: readonly string[],
  priceAt: PriceAt,
  start: number,
  minutes: number,
): History {
  const slots = Math.min((minutes * 60_000) / SLOT_MS, Math.floor(MOST_QUOTES / symbols.length));
  const last = Math.floor((start - SLOT_MS / 2) / SLOT_MS);
  const messages = Array.from(
    { length: slots },
    (_, i) => (last - slots + 1 + i) * SLOT_MS,
  ).flatMap((time) => {
    const event_time = new Date(time).toISOString();
    return symbols.map((symbol) => ({
      json: { symbol, latest_price: priceAt(symbol, time), event_time },
      attributes: { quote_id: `history/${symbol}/${event_time}` },
    }));
  });
  return { minutes: Math.floor((slots * SLOT_MS) / 60_000), messages };
}

/**
 * Publishes a history for the pipelines, like quotes of the function.
 *
 * @returns where the first quotes of the run come from, in one line for the user
 */
export async function publishHistory(
  pubsub: PubSub,
  { minutes, messages }: History,
): Promise<string> {
  const topic = pubsub.topic(TOPICS.aggregate, { batching: { maxMessages: 1000 } });
  await Promise.all(messages.map((message) => topic.publishMessage(message)));
  // Ends the timer of the client's batches.
  await topic.flush();
  const quotes = `${messages.length.toLocaleString('en')} quotes`;
  return `The database was empty: it begins with the simulator's last ${minutes} minutes (${quotes}).`;
}
