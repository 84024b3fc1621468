import { z } from 'zod';
import { eventTimeSchema } from './event-time.js';
import { priceSchema } from './prices.js';
import { tickerSchema } from './tickers.js';

/**
 * A message of the topic `iex-aggregate`: a quote as the function publishes it and the pipeline
 * reads it.
 */
export interface QuoteMessage {
  readonly symbol: string;
  /** In dollars. */
  readonly latest_price: number;
  /**
   * When the quote was observed, as an RFC 3339 date-time; without it the message's publish time
   * counts.
   */
  readonly event_time?: string;
}

/** Validates a {@link QuoteMessage}; further fields are allowed and ignored. */
export const quoteMessageSchema = z.object({
  symbol: tickerSchema,
  latest_price: priceSchema,
  event_time: eventTimeSchema.optional(),
});
