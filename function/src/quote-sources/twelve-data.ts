import { priceSchema } from 'iex-contract';
import { z } from 'zod';
import { reasonOfStatus } from './api-error.js';
import { settingsOf } from './settings.js';
import {
  endpoint,
  outcomesOf,
  priceOutcome,
  type QuoteOutcome,
  type QuoteSource,
  readShape,
} from './source.js';

/** A price comes as a string; anything but a number in it counts as no price. */
const priceEntrySchema = z.object({
  price: z
    .string()
    .regex(/^\d+(\.\d+)?(e[+-]?\d+)?$/i)
    .transform(Number)
    .pipe(priceSchema)
    .nullish()
    .catch(undefined),
});

const UNKNOWN = [400, 404];

const errorSchema = z.object({ status: z.literal('error'), code: z.number() });

const entrySchema = z.union([errorSchema, priceEntrySchema]);

/** An entry of another shape costs its own symbol, not the batch. */
const batchSchema = z.record(z.string(), entrySchema.optional().catch(undefined));

/**
 * Twelve Data's price: `/price?symbol=A` -> `{"price": "1.5"}`, and
 * `/price?symbol=A,B` -> `{"A": {"price": "1.5"}, "B": {...}}`. An error, of the request or of one
 * symbol, is `{"status": "error", "code": 404, "message": ...}`, often with HTTP status 200. Each
 * symbol of a batch counts as a call. See https://twelvedata.com/docs/market-data/latest-price
 */
export const twelveData: QuoteSource = {
  ...settingsOf('twelve-data'),
  unknownSymbolStatuses: UNKNOWN,

  request(symbols, { baseUrl, token = '' }) {
    return {
      url: endpoint(baseUrl, '/price', { symbol: symbols.join() }),
      headers: { authorization: `apikey ${token}` },
    };
  },

  readResponse(body, symbols) {
    if (symbols.length === 1) {
      const [symbol = ''] = symbols;
      const { price } = readShape(priceEntrySchema, body);
      return new Map([[symbol, priceOutcome(price ?? undefined)]]);
    }
    return outcomesOf(symbols, Object.entries(readShape(batchSchema, body)), outcomeOf);
  },
};

function outcomeOf(entry: z.infer<typeof entrySchema> | undefined): QuoteOutcome {
  if (!entry) return { missed: 'invalid_response' };
  if (!('code' in entry)) return priceOutcome(entry.price ?? undefined);
  // The codes are those of HTTP.
  return { missed: UNKNOWN.includes(entry.code) ? 'unknown_symbol' : reasonOfStatus(entry.code) };
}
