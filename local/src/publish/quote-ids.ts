/**
 * Gives each record of a file an id: by its content, and by how many identical records precede it,
 * as a replay into a database tells lines apart.
 */
export class QuoteIds {
  /** By 48 bits of the digest. Records that share them by chance only get higher numbers. */
  readonly #occurrences = new Map<number, number>();

  /** The id of the next record of the file, by its digest. */
  next(digest: bigint): string {
    const key = Number(BigInt.asUintN(48, digest));
    const occurrence = (this.#occurrences.get(key) ?? 0) + 1;
    this.#occurrences.set(key, occurrence);
    return `replay/${digest.toString(16).padStart(32, '0')}/${occurrence}`;
  }
}
