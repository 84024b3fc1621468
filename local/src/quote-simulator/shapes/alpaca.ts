import { listParameter, type Shape } from './shape.js';

/** Alpaca's latest trades: `/v2/stocks/trades/latest?symbols=A,B&feed=iex`. */
export const alpaca: Shape = {
  basePath: '/alpaca',

  symbols: (url) =>
    url.pathname === '/v2/stocks/trades/latest' ? listParameter(url, 'symbols') : undefined,

  hasToken: ({ headers }) => Boolean(headers['apca-api-key-id'] && headers['apca-api-secret-key']),

  respond(url, quotes) {
    // A symbol that cannot exist fails the request; one that could, but does not, is left out.
    const impossible = listParameter(url, 'symbols')?.find((symbol) => !/^[A-Z.]+$/.test(symbol));
    if (impossible !== undefined) {
      return { status: 400, body: { message: `invalid symbol: ${impossible}` } };
    }
    const trades = [...quotes.values()].map(({ symbol, price, time }) => [
      symbol,
      { t: new Date(time).toISOString(), x: 'V', p: price, s: 100, c: ['@'], i: 1, z: 'C' },
    ]);
    return { status: 200, body: { trades: Object.fromEntries(trades) } };
  },

  throttled: { status: 429, body: { message: 'too many requests.' } },
};
