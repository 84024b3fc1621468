import { OperationalError } from 'iex-cli/errors';
import { rowsPerQuote } from 'iex-contract';

/**
 * The most rows that a transaction may add to a table. DuckDB 1.5 writes a full row group, of
 * 122,880 rows, to the file before the commit, and after a crash during the commit considers it
 * committed, without the others.
 */
export const MOST_ROWS = 122_879;

/**
 * How many messages fit into one transaction of the store.
 *
 * @param resolutions lengths of the sliding windows, in minutes
 * @param atMost an upper limit for other reasons
 * @throws {OperationalError} if not even one fits
 */
export function messagesPerTransaction(resolutions: readonly number[], atMost: number): number {
  const rows = rowsPerQuote(resolutions);
  if (rows <= MOST_ROWS) return Math.min(atMost, Math.floor(MOST_ROWS / rows));
  throw new OperationalError(
    `The windows of ${resolutions.length} lengths make ${rows} rows of each quote, but the database takes ${MOST_ROWS} at once: choose fewer or shorter windows`,
  );
}
