import { alpaca } from './alpaca.js';
import { finnhub } from './finnhub.js';
import { iex } from './iex.js';
import type { QuoteSource } from './source.js';
import { tiingo } from './tiingo.js';
import { twelveData } from './twelve-data.js';

/** The quote APIs by the name that `QUOTE_SOURCE` gives them. */
export const quoteSources: Readonly<Record<string, QuoteSource>> = {
  alpaca,
  finnhub,
  iex,
  tiingo,
  'twelve-data': twelveData,
};
