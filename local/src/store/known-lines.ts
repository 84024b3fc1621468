import type { DuckDBConnection, DuckDBUUIDValue } from '@duckdb/node-api';
import { appendDigests } from './digests.js';
import { REPLAYED_LINE } from './schema.js';

const KNOWN = `${REPLAYED_LINE.schema}.${REPLAYED_LINE.name}`;

/**
 * Lines of the file that were found, and lines that are being looked up: tables that DuckDB can put
 * on disk.
 */
const FOUND = { catalog: 'temp', schema: 'main', name: 'found_line' };
const WANTED = { catalog: 'temp', schema: 'main', name: 'wanted_line' };

const fullName = ({ catalog, schema, name }: typeof FOUND) => `${catalog}.${schema}.${name}`;

/**
 * Of identical wanted lines, the first are known: as many as the database has, less those that were
 * found before.
 */
const LOOK_UP = `
  WITH wanted AS (
    SELECT digest, rowid AS position, row_number() OVER (PARTITION BY digest ORDER BY rowid) AS occurrence
    FROM ${fullName(WANTED)}
  ),
  known AS (
    SELECT digest, count(*) AS times FROM ${KNOWN}
    WHERE rowid >= $1 AND rowid < $2 AND digest IN (SELECT digest FROM ${fullName(WANTED)}) GROUP BY digest
  ),
  found AS (
    SELECT digest, count(*) AS times FROM ${fullName(FOUND)}
    WHERE digest IN (SELECT digest FROM ${fullName(WANTED)}) GROUP BY digest
  )
  SELECT position FROM wanted JOIN known USING (digest) LEFT JOIN found USING (digest)
  WHERE occurrence <= known.times - coalesce(found.times, 0)`;

/**
 * The lines that the database had when this was opened, to compare a file with: each of them
 * matches one line of the file. The lines to compare are on disk, so that memory does not grow with
 * the database or the file.
 */
export class KnownLines {
  readonly #connection: DuckDBConnection;
  /** Lines from here on, by their row id, were committed later. */
  readonly #end: number;
  /** How many lines have not matched yet. */
  #unmatched: number;
  /** All lines before this one have matched, in their order. */
  #next = 0;
  /** Whether the file has had the same lines as the database, in the same order, so far. */
  #isInOrder = true;

  private constructor(connection: DuckDBConnection, count: number, end: number) {
    this.#connection = connection;
    this.#unmatched = count;
    this.#end = end;
  }

  /** @param connection owned and closed by the result */
  static async open(connection: DuckDBConnection): Promise<KnownLines> {
    const counted = await connection.runAndReadAll(
      `SELECT count(*), coalesce(max(rowid) + 1, 0) FROM ${KNOWN}`,
    );
    const [count, end] = counted.getRows()[0] as [bigint, bigint];
    for (const table of [FOUND, WANTED]) {
      await connection.run(`CREATE TEMP TABLE ${table.name} (digest UUID NOT NULL)`);
    }
    return new KnownLines(connection, Number(count), Number(end));
  }

  /** Whether all lines have matched, so that the database has no further line of the file. */
  get isExhausted(): boolean {
    return this.#unmatched === 0;
  }

  /** For each of the next lines of the file, by its digest, whether it is in the database. */
  async match(digests: readonly bigint[]): Promise<boolean[]> {
    const isKnown = digests.map(() => false);
    const first = await this.#matchInOrder(digests);
    isKnown.fill(true, 0, first);
    this.#unmatched -= first;
    // After the last known line, there is nothing to look up.
    if (first === digests.length || this.isExhausted) return isKnown;
    this.#isInOrder = false;
    for (const position of await this.#lookUp(digests.slice(first))) {
      isKnown[first + position] = true;
      this.#unmatched -= 1;
    }
    return isKnown;
  }

  close(): void {
    this.#connection.closeSync();
  }

  /**
   * How many of the digests are the next lines of the database. All of them are when a file is
   * replayed again or a replay is resumed, and this is much faster than to look them up.
   */
  async #matchInOrder(digests: readonly bigint[]): Promise<number> {
    let matched = 0;
    while (this.#isInOrder && matched < digests.length && this.#next < this.#end) {
      const last = Math.min(this.#next + digests.length - matched, this.#end);
      const result = await this.#connection.runAndReadAll(
        `SELECT digest, rowid FROM ${KNOWN} WHERE rowid >= $1 AND rowid < $2 ORDER BY rowid`,
        [BigInt(this.#next), BigInt(last)],
      );
      const known = result.getRows() as [DuckDBUUIDValue, bigint][];
      const same = known.findIndex(([digest], i) => digest.toUint128() !== digests[matched + i]);
      const mismatch = known[same];
      matched += mismatch ? same : known.length;
      // Row ids can have gaps, so that they do not count lines.
      this.#next = mismatch ? Number(mismatch[1]) : last;
      this.#isInOrder = !mismatch;
    }
    return matched;
  }

  /** The positions of those digests that are known. */
  async #lookUp(digests: readonly bigint[]): Promise<number[]> {
    await this.#connection.run(
      `CREATE OR REPLACE TEMP TABLE ${WANTED.name} (digest UUID NOT NULL)`,
    );
    await appendDigests(this.#connection, WANTED, digests);
    const result = await this.#connection.runAndReadAll(LOOK_UP, [
      BigInt(this.#next),
      BigInt(this.#end),
    ]);
    const positions = result.getRows().map(([position]) => Number(position));
    await appendDigests(
      this.#connection,
      FOUND,
      positions.map((position) => digests[position] as bigint),
    );
    return positions;
  }
}
