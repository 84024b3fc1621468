import type { Input } from './input.js';
import { readRecords } from './read-records.js';
import type { InputRecord } from './record.js';

/** A file that is known to hold records, because the first one has been read. It can be read once. */
export type QuoteFile = NonNullable<Awaited<ReturnType<typeof openQuotes>>>;

/**
 * Reads the beginning of a file.
 *
 * @returns undefined if it has no records, such as an empty JSON array
 * @throws {OperationalError} if the file is not one of quotes, or cannot be read
 */
export async function openQuotes(input: Input) {
  const rest = readRecords(input);
  const first = await rest.next();
  if (first.done) return undefined;
  return {
    /** How many bytes of the file have been read. */
    get bytesRead() {
      return input.bytesRead;
    },
    /** @throws {OperationalError} if the file is damaged, or reading fails */
    async *records(): AsyncGenerator<InputRecord> {
      yield first.value;
      yield* rest;
    },
    /** Releases the file, even if it has not been read to its end. */
    close: () => input.close(),
  };
}
