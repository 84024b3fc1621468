import { listParameter, type Shape } from './shape.js';

/** Twelve Data's price: `/price?symbol=A,B`. Its errors come with HTTP status 200. */
export const twelveData: Shape = {
  basePath: '/twelve-data',

  symbols: (url) => (url.pathname === '/price' ? listParameter(url, 'symbol') : undefined),

  hasToken: ({ headers }) => /^apikey \S+$/.test(headers.authorization ?? ''),

  respond(url, quotes) {
    const entryOf = (symbol: string) => {
      const quote = quotes.get(symbol);
      return quote ? { price: quote.price?.toFixed(5) ?? quote.price } : error(404, 'not found');
    };
    const asked = listParameter(url, 'symbol') ?? [];
    const [symbol = ''] = asked;
    const body =
      asked.length === 1
        ? entryOf(symbol)
        : Object.fromEntries(asked.map((symbol) => [symbol, entryOf(symbol)]));
    return { status: 200, body };
  },

  throttled: { status: 200, body: error(429, 'You have run out of API credits.') },
};

function error(code: number, message: string) {
  return { code, message, status: 'error' };
}
