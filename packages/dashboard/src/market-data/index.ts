// The BigQuery implementation is imported by its path, because its client is not to be loaded where it is not used.
export { DuckDbMarketData } from './duckdb.js';
export type * from './market-data.js';
