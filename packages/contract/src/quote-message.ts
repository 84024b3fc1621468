import { z } from 'zod';
import { eventTimeSchema } from './event-time.js';
import { priceSchema } from './prices.js';

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

/** The longest symbol, in Unicode code points. Every row of a quote contains its symbol. */
export const MAX_SYMBOL_LENGTH = 256;

/**
 * The symbol of a quote: any text that people can read. It is wider than the rule for tickers,
 * because quotes may also come from a file, with the names that their exchange gives them.
 */
const symbolSchema = z
  .string()
  .max(MAX_SYMBOL_LENGTH, `is longer than ${MAX_SYMBOL_LENGTH} characters`)
  .regex(/\S/, 'is blank')
  // Not \p{C}, which contains unassigned characters as well: what is assigned depends on the version
  // of Unicode, and thereby on the runtime.
  .regex(/^[^\p{Cc}\p{Cf}\p{Co}\p{Cs}]*$/u, 'has control characters');

/** Validates a {@link QuoteMessage}; further fields are allowed and ignored. */
export const quoteMessageSchema = z.object({
  symbol: symbolSchema,
  latest_price: priceSchema,
  event_time: eventTimeSchema.optional(),
});
