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

  respond(url, quotes) {
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

/** The fields of the documented quote that need a data agreement or a session. */
const NULL_FIELDS = Object.fromEntries(
  `close closeTime delayedPrice delayedPriceTime extendedChange extendedChangePercent extendedPrice
   extendedPriceTime high highSource highTime iexOpenTime latestVolume low lowSource lowTime
   marketCap oddLotDelayedPrice oddLotDelayedPriceTime open openTime peRatio volume week52High
   week52Low ytdChange`
    .split(/\s+/)
    .map((name) => [name, null]),
);

/** All fields of the documented quote. */
function toQuote({ symbol, price, previousClose, time }: SimulatedQuote) {
  const change = price == null ? null : Number((price - previousClose).toFixed(2));
  return {
    ...NULL_FIELDS,
    avgTotalVolume: 8_000_000,
    calculationPrice: 'iexlasttrade',
    change,
    changePercent: change === null ? null : Number((change / previousClose).toFixed(5)),
    closeSource: 'official',
    companyName: `${symbol} Inc`,
    currency: 'USD',
    iexAskPrice: 0,
    iexAskSize: 0,
    iexBidPrice: 0,
    iexBidSize: 0,
    iexClose: price,
    iexCloseTime: time,
    iexLastUpdated: time,
    iexMarketPercent: 0.02,
    iexOpen: previousClose,
    iexRealtimePrice: price,
    iexRealtimeSize: 100,
    iexVolume: 160_000,
    isUSMarketOpen: true,
    lastTradeTime: time,
    latestPrice: price,
    latestSource: 'IEX real time price',
    latestTime: new Date(time).toISOString(),
    latestUpdate: time,
    openSource: 'official',
    previousClose,
    previousVolume: 7_500_000,
    primaryExchange: 'NASDAQ',
    symbol: symbol.toUpperCase(),
  };
}
