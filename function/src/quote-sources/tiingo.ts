import { z } from 'zod';
import { settingsOf } from './settings.js';
import {
  endpoint,
  optionalPriceSchema,
  outcomesOf,
  priceOutcome,
  type QuoteSource,
  readShape,
} from './source.js';

const quoteSchema = z.object({
  ticker: z.string(),
  tngoLast: optionalPriceSchema,
  last: optionalPriceSchema,
});

/** An entry of another shape costs its own symbol, not the batch. */
const quotesSchema = z.array(quoteSchema.optional().catch(undefined));

/**
 * Tiingo's IEX feed: `/iex/?tickers=A,B` -> `[{"ticker": "A", "tngoLast": 1.5, "last": null,
 * ...}]`, without unknown symbols. `tngoLast` is the last trade or, if that is no longer a fair
 * price, the middle of bid and ask; `last`, the trade alone, needs an agreement with the
 * exchange. Tiingo documents no limit of symbols; with 100 the URL stays well below 2,000
 * characters. See https://www.tiingo.com/documentation/iex
 */
export const tiingo: QuoteSource = {
  ...settingsOf('tiingo'),
  unknownSymbolStatuses: [404],

  request(symbols, { baseUrl, token = '' }) {
    return {
      url: endpoint(baseUrl, '/iex/', { tickers: symbols.join() }),
      headers: { authorization: `Token ${token}` },
    };
  },

  readResponse(body, symbols) {
    const quotes = readShape(quotesSchema, body);
    return outcomesOf(
      symbols,
      quotes.flatMap((quote) => (quote ? [[quote.ticker, quote] as const] : [])),
      ({ tngoLast, last }) => priceOutcome(tngoLast ?? last),
    );
  },
};
