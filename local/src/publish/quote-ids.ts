const COUNTERS = 2 ** 20;

/**
 * Gives each record of a file an id: its content, and a number that distinguishes identical ones.
 * An id depends only on the record and on those before it, so that the same file, or a longer
 * version of it, has the same ids again.
 */
export class QuoteIds {
  /**
   * How many records there were, by 20 bits of their digests, so that memory does not grow with the
   * file. Different records that share a counter only get higher numbers.
   */
  readonly #counts = new Uint32Array(COUNTERS);

  /** The id of the next record of the file, by its digest. */
  next(digest: bigint): string {
    const counter = Number(digest % BigInt(COUNTERS));
    const number = (this.#counts[counter] as number) + 1;
    this.#counts[counter] = number;
    return `replay/${digest.toString(16).padStart(32, '0')}/${number}`;
  }
}
