import { rowsPerQuote } from 'iex-contract';

/**
 * The most rows that a transaction may add to a table. DuckDB 1.5 writes a full row group, of
 * 122,880 rows, to the file before the commit, and after a crash during the commit considers it
 * committed, without the others.
 */
export const MOST_ROWS = 122_879;

/**
 * How many messages fit into one transaction of the store; at least one, whose rows the store
 * divides among several transactions if they are too many for one.
 *
 * @param resolutions lengths of the sliding windows, in minutes
 * @param atMost an upper limit for other reasons
 */
export function messagesPerTransaction(resolutions: readonly number[], atMost: number): number {
  return Math.max(1, Math.min(atMost, Math.floor(MOST_ROWS / rowsPerQuote(resolutions))));
}
