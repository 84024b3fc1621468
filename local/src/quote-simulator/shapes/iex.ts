import { listParameter, type Shape, type SimulatedQuote } from './shape.js';

const SINGLE = /^\/stock\/([^/]+)\/quote$/;
const BATCH = '/stock/market/batch';

/** The most symbols that a batch may name. */
const BATCH_LIMIT = 100;

/**
 * The shape of IEX Cloud: `/stock/AAPL/quote` and `/stock/market/batch?symbols=A,B&types=quote`.
 * The response has the symbols in upper case; the token is not checked.
 */
export const iex: Shape = {
  basePath: '',

  symbols(url) {
    const single = SINGLE.exec(url.pathname)?.[1];
    if (single !== undefined) return [decodeURIComponent(single)];
    if (url.pathname !== BATCH || url.searchParams.get('types') !== 'quote') return undefined;
    return listParameter(url, 'symbols');
  },

  hasToken: () => true,

  answer(url, quotes) {
    const known = [...quotes.values()].map(toQuote);
    if (url.pathname !== BATCH) {
      const [quote] = known;
      return quote ? { status: 200, body: quote } : { status: 404, body: 'Unknown symbol' };
    }
    if ((listParameter(url, 'symbols') ?? []).length > BATCH_LIMIT) {
      return { status: 400, body: 'Too many symbols' };
    }
    return {
      status: 200,
      body: Object.fromEntries(known.map((quote) => [quote.symbol, { quote }])),
    };
  },

  throttled: { status: 429, body: 'Too many requests' },
};

/** All fields of the documented quote; those that need a data agreement or a session are null. */
function toQuote({ symbol, price, previousClose, time }: SimulatedQuote) {
  const change = price == null ? null : Number((price - previousClose).toFixed(2));
  return {
    avgTotalVolume: 8_000_000,
    calculationPrice: 'iexlasttrade',
    change,
    changePercent: change === null ? null : Number((change / previousClose).toFixed(5)),
    close: null,
    closeSource: 'official',
    closeTime: null,
    companyName: `${symbol} Inc`,
    currency: 'USD',
    delayedPrice: null,
    delayedPriceTime: null,
    extendedChange: null,
    extendedChangePercent: null,
    extendedPrice: null,
    extendedPriceTime: null,
    high: null,
    highSource: null,
    highTime: null,
    iexAskPrice: 0,
    iexAskSize: 0,
    iexBidPrice: 0,
    iexBidSize: 0,
    iexClose: price,
    iexCloseTime: time,
    iexLastUpdated: time,
    iexMarketPercent: 0.02,
    iexOpen: previousClose,
    iexOpenTime: null,
    iexRealtimePrice: price,
    iexRealtimeSize: 100,
    iexVolume: 160_000,
    isUSMarketOpen: true,
    lastTradeTime: time,
    latestPrice: price,
    latestSource: 'IEX real time price',
    latestTime: new Date(time).toISOString(),
    latestUpdate: time,
    latestVolume: null,
    low: null,
    lowSource: null,
    lowTime: null,
    marketCap: null,
    oddLotDelayedPrice: null,
    oddLotDelayedPriceTime: null,
    open: null,
    openSource: 'official',
    openTime: null,
    peRatio: null,
    previousClose,
    previousVolume: 7_500_000,
    primaryExchange: 'NASDAQ',
    symbol: symbol.toUpperCase(),
    volume: null,
    week52High: null,
    week52Low: null,
    ytdChange: null,
  };
}
