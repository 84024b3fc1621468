import { createHash, type Hash, hash } from 'node:crypto';

/**
 * The part of a file that becomes one message of the pipeline: a line, an element of a JSON array,
 * a row of a table.
 */
export interface InputRecord {
  /** UTF-8 JSON if the record is good; of a record that is too long, only the beginning. */
  payload: Buffer;
  /** Length of the whole record in bytes. */
  length: number;
  /** The first 128 bits of the SHA-256 of the whole record. */
  digest: bigint;
  /** Why the record is refused before the pipeline, if it is. */
  refusal?: string;
}

/** The most bytes of a message (https://cloud.google.com/pubsub/quotas#resource_limits). */
const MAX_RECORD_BYTES = 10_000_000;

/**
 * How many bytes of a record that is too long are kept: enough for a dead letter, whose characters
 * have up to 4 bytes.
 */
const KEPT_BYTES = 4 * 65_536 + 4;

const digestOf = (sha256: Buffer): bigint =>
  (sha256.readBigUInt64BE(0) << 64n) | sha256.readBigUInt64BE(8);

/** A record of these bytes. */
export function recordOf(payload: Buffer, refusal?: string): InputRecord {
  const digest = digestOf(hash('sha256', payload, 'buffer'));
  return { payload, length: payload.length, digest, ...(refusal && { refusal }) };
}

const BLANK = new Set([...' \t\n\v\f\r'].map((character) => character.charCodeAt(0)));

export const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => BLANK.has(byte));

/** Assembles a record from pieces. However long the record is, little of it stays in memory. */
export class RecordBuilder {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #length = 0;
  /** Hashes the record from the moment that it is too long. */
  #hash: Hash | undefined;

  /** @param maxBytes the longest record that is kept whole */
  constructor(maxBytes = MAX_RECORD_BYTES) {
    this.#maxBytes = maxBytes;
  }

  append(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#hash) {
      this.#hash.update(piece);
      return;
    }
    this.#pieces.push(piece);
    if (this.#length <= this.#maxBytes) return;
    const all = Buffer.concat(this.#pieces);
    this.#hash = createHash('sha256').update(all);
    this.#pieces = [Buffer.from(all.subarray(0, KEPT_BYTES))];
  }

  /** Ends the record and begins the next. Returns undefined for a blank one. */
  take(): InputRecord | undefined {
    const payload = Buffer.concat(this.#pieces);
    const length = this.#length;
    const hash = this.#hash;
    this.#pieces = [];
    this.#length = 0;
    this.#hash = undefined;
    if (hash) {
      const refusal = `longer than the ${this.#maxBytes} bytes that a message of Pub/Sub may have`;
      return { payload, length, digest: digestOf(hash.digest()), refusal };
    }
    const text = payload.at(-1) === CARRIAGE_RETURN ? payload.subarray(0, -1) : payload;
    return isBlank(text) ? undefined : recordOf(text);
  }
}

const CARRIAGE_RETURN = 0x0d;
