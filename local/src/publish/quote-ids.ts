const COUNTERS = 2 ** 20;

/**
 * Returns a function that gives the next record of a file an id, by its digest: its content, and a
 * number that distinguishes identical ones. An id depends only on the record and on those before it,
 * so that the same file, or a longer version of it, has the same ids again.
 */
export function quoteIds(): (digest: bigint) => string {
  // How many records there were, by 20 bits of their digests, so that memory does not grow with the
  // file. Different records that share a counter only get higher numbers.
  const counts = new Uint32Array(COUNTERS);
  return (digest) => {
    const counter = Number(digest % BigInt(COUNTERS));
    const number = (counts[counter] as number) + 1;
    counts[counter] = number;
    return `replay/${digest.toString(16).padStart(32, '0')}/${number}`;
  };
}
