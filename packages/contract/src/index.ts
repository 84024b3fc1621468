/**
 * Definitions that several parts of the pipeline share, each stated once. It imports none of these
 * parts. The code that reads the files of `infrastructure/` is separate
 * (`iex-contract/infrastructure`), because deployed code does not have these files.
 */
export * from './event-time.js';
export * from './names.js';
export * from './prices.js';
export * from './quote-message.js';
export * from './tickers.js';
export * from './windows.js';
