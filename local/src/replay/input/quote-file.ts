import type { Input } from './input.js';
import { readRecords } from './read-records.js';
import type { InputRecord } from './record.js';

/** A file that is known to hold records, because the first one has been read. It can be read once. */
export class QuoteFile {
  readonly #input: Input;
  readonly #first: InputRecord;
  readonly #rest: AsyncGenerator<InputRecord>;

  private constructor(input: Input, first: InputRecord, rest: AsyncGenerator<InputRecord>) {
    this.#input = input;
    this.#first = first;
    this.#rest = rest;
  }

  /**
   * Reads the beginning of a file.
   *
   * @returns undefined if it has no records, such as an empty JSON array
   * @throws {OperationalError} if the file is not one of quotes, or cannot be read
   */
  static async open(input: Input): Promise<QuoteFile | undefined> {
    const records = readRecords(input);
    const first = await records.next();
    return first.done ? undefined : new QuoteFile(input, first.value, records);
  }

  /** How many bytes of the file have been read. */
  get bytesRead(): number {
    return this.#input.bytesRead;
  }

  /** @throws {OperationalError} if the file is damaged, or reading fails */
  async *records(): AsyncGenerator<InputRecord> {
    yield this.#first;
    yield* this.#rest;
  }

  /** Releases the file, even if it has not been read to its end. */
  close(): void {
    this.#input.close();
  }
}
