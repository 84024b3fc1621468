import { alpaca } from './alpaca.js';
import { finnhub } from './finnhub.js';
import { iex } from './iex.js';
import type { Shape } from './shape.js';
import { tiingo } from './tiingo.js';
import { twelveData } from './twelve-data.js';

/** The shapes by the name of their quote source. */
export const shapes: Readonly<Record<string, Shape>> = {
  alpaca,
  finnhub,
  iex,
  tiingo,
  'twelve-data': twelveData,
};
