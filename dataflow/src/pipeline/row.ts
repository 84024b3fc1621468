import type { Quote } from './quote';

/** A quote in one of its windows: a row of `iex.quote`. Times are in µs since the epoch. */
export interface QuoteRow extends Quote {
  /** End of the window, exclusive. */
  window_end: number;
  resolution_minutes: number;
}
