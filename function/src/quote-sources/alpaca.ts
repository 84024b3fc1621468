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

const tradesSchema = z.object({
  trades: z.record(z.string(), z.object({ p: optionalPriceSchema }).optional().catch(undefined)),
});

/**
 * Alpaca's latest trades on the IEX exchange:
 * `/v2/stocks/trades/latest?symbols=A,B&feed=iex` -> `{"trades": {"A": {"p": 1.5, ...}}}`, where
 * unknown symbols are left out. One that Alpaca could never know, such as BRK-B for BRK.B, makes it
 * refuse the whole request; of several it names one. The token is `KEY_ID:SECRET`. Alpaca documents
 * no limit of symbols; with 100 the URL stays well below 2,000 characters.
 * See https://docs.alpaca.markets/reference/stocklatesttrades
 */
export const alpaca: QuoteSource = {
  ...settingsOf('alpaca'),
  tokenForm: { pattern: /^[^:]+:[^:]+$/, description: 'KEY_ID:SECRET' },
  unknownSymbolStatuses: [],

  request(symbols, { baseUrl, token = '' }) {
    const separator = token.indexOf(':');
    return {
      url: endpoint(baseUrl, '/v2/stocks/trades/latest', { symbols: symbols.join(), feed: 'iex' }),
      headers: {
        'APCA-API-KEY-ID': token.slice(0, separator),
        'APCA-API-SECRET-KEY': token.slice(separator + 1),
      },
    };
  },

  readResponse(body, symbols) {
    const { trades } = readShape(tradesSchema, body);
    return outcomesOf(symbols, Object.entries(trades), (trade) =>
      trade ? priceOutcome(trade.p) : { missed: 'invalid_response' },
    );
  },
};
