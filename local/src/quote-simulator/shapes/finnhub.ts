import type { Shape } from './shape.js';

const UNKNOWN = { c: 0, d: null, dp: null, h: 0, l: 0, o: 0, pc: 0, t: 0 };

/** Finnhub's quote: `/quote?symbol=A`, one symbol a request. */
export const finnhub: Shape = {
  basePath: '/finnhub',

  symbols(url) {
    const symbol = url.searchParams.get('symbol');
    return url.pathname === '/quote' && symbol ? [symbol] : undefined;
  },

  hasToken: ({ headers }) => Boolean(headers['x-finnhub-token']),

  respond(_url, quotes) {
    const [quote] = quotes.values();
    if (!quote) return { status: 200, body: UNKNOWN };
    const { price, previousClose, time } = quote;
    const change = price == null ? null : price - previousClose;
    return {
      status: 200,
      body: {
        c: price,
        d: change,
        dp: change === null ? null : (100 * change) / previousClose,
        h: price,
        l: price,
        o: previousClose,
        pc: previousClose,
        t: Math.floor(time / 1_000),
      },
    };
  },

  throttled: { status: 429, body: { error: 'API limit reached. Please try again later.' } },
};
