import { z } from 'zod';
import { settingsOf } from './settings.js';
import {
  endpoint,
  optionalPriceSchema,
  priceOutcome,
  type QuoteSource,
  readShape,
} from './source.js';

const quoteSchema = z.object({ c: z.number().nullish(), t: z.number().nullish() });

/**
 * Finnhub's quote: `/quote?symbol=A` -> `{"c": 1.5, "t": 1700000000, ...}`, one symbol a request.
 * For an unknown symbol all fields are 0 or null. Above the rate limit it responds with 429, or
 * with 200 and `{"error": "API limit reached..."}`. See https://finnhub.io/docs/api/quote
 */
export const finnhub: QuoteSource = {
  ...settingsOf('finnhub'),
  unknownSymbolStatuses: [],

  request([symbol = ''], { baseUrl, token = '' }) {
    return {
      url: endpoint(baseUrl, '/quote', { symbol }),
      headers: { 'X-Finnhub-Token': token },
    };
  },

  readResponse(body, [symbol = '']) {
    const { c, t } = readShape(quoteSchema, body);
    if (c === 0 && t === 0) return new Map([[symbol, { missed: 'unknown_symbol' }]]);
    return new Map([[symbol, priceOutcome(optionalPriceSchema.parse(c))]]);
  },
};
