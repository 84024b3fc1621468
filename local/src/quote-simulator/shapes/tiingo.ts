import { listParameter, type Shape } from './shape.js';

/** Tiingo's IEX feed: `/iex/?tickers=A,B`, as it responds without an exchange agreement. */
export const tiingo: Shape = {
  basePath: '/tiingo',

  symbols: (url) => (url.pathname === '/iex/' ? listParameter(url, 'tickers') : undefined),

  hasToken: ({ headers }) => /^Token \S+$/.test(headers.authorization ?? ''),

  respond(_url, quotes) {
    const body = [...quotes.values()].map(({ symbol, price, previousClose, time }) => {
      const timestamp = new Date(time).toISOString();
      return {
        ticker: symbol.toUpperCase(),
        timestamp,
        lastSaleTimestamp: timestamp,
        quoteTimestamp: timestamp,
        open: previousClose,
        high: price,
        low: price,
        mid: null,
        tngoLast: price,
        last: null,
        lastSize: null,
        bidSize: null,
        bidPrice: null,
        askPrice: null,
        askSize: null,
        volume: 160_000,
        prevClose: previousClose,
      };
    });
    return { status: 200, body };
  },

  throttled: { status: 429, body: 'You have run over your hourly request allocation.' },
};
