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

const quoteSchema = z.object({ latestPrice: optionalPriceSchema });

/** An entry of another shape costs its own symbol, not the batch. */
const batchSchema = z.record(
  z.string(),
  z.object({ quote: quoteSchema.nullable() }).nullable().optional().catch(undefined),
);

/**
 * The shape of IEX Cloud, which closed on 31 August 2024; servers that speak it live on.
 * One symbol: `/stock/AAPL/quote` -> `{"latestPrice": 1.5, ...}`, 404 for an unknown one.
 * Up to 100: `/stock/market/batch?symbols=A,B&types=quote` -> `{"A": {"quote": {...}}}`, where
 * unknown ones are left out or null, or make it refuse the whole request with 404 or 451.
 */
export const iex: QuoteSource = {
  ...settingsOf('iex'),
  // 451: the account has no right to the symbol's data.
  unknownSymbolStatuses: [404, 451],

  request(symbols, { baseUrl, token }) {
    const credentials = token === undefined ? {} : { token };
    const [symbol = ''] = symbols;
    const url =
      symbols.length === 1
        ? endpoint(baseUrl, `/stock/${encodeURIComponent(symbol)}/quote`, credentials)
        : endpoint(baseUrl, '/stock/market/batch', {
            symbols: symbols.join(),
            types: 'quote',
            ...credentials,
          });
    return { url, headers: {} };
  },

  readResponse(body, symbols) {
    const [symbol = ''] = symbols;
    if (symbols.length === 1) {
      return new Map([[symbol, priceOutcome(readShape(quoteSchema, body).latestPrice)]]);
    }
    return outcomesOf(symbols, Object.entries(readShape(batchSchema, body)), (entry) => {
      if (entry === undefined) return { missed: 'invalid_response' };
      return entry?.quote ? priceOutcome(entry.quote.latestPrice) : { missed: 'unknown_symbol' };
    });
  },
};
