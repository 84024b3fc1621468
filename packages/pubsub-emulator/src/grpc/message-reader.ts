import { gunzipSync, inflateSync } from 'node:zlib';
import { PubSubError, resourceExhausted } from '../protocol/status.js';
import { status } from '../protocol/status-codes.js';

/** A flag, whether the message is compressed, and its length in 4 bytes. */
const PREFIX_BYTES = 5;

const DECOMPRESS = { gzip: gunzipSync, deflate: inflateSync };

/** What `grpc-accept-encoding` states. */
export const ENCODINGS = ['identity', ...Object.keys(DECOMPRESS)].join(',');

/**
 * Finds the messages in what arrives on a stream:
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export class MessageReader {
  readonly #encoding: string;
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** How many bytes the next step needs: a prefix, and then also its message. */
  #needed = PREFIX_BYTES;

  /**
   * @param encoding what `grpc-encoding` states
   * @param maxBytes the most that a message may have, also decompressed
   */
  constructor(encoding: string, maxBytes: number) {
    this.#encoding = encoding;
    this.#maxBytes = maxBytes;
  }

  /**
   * @returns the messages that `chunk` completes, which may share its memory
   * @throws {PubSubError} if a message is too large or its compression is wrong
   */
  read(chunk: Buffer): Buffer[] {
    const messages: Buffer[] = [];
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#needed) {
      const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
      const length = bytes.readUInt32BE(1);
      if (length > this.#maxBytes) throw tooLarge(this.#maxBytes);
      const end = PREFIX_BYTES + length;
      const isComplete = bytes.length >= end;
      if (isComplete) messages.push(this.#decompress(bytes[0] === 1, bytes.subarray(5, end)));
      chunk = isComplete ? bytes.subarray(end) : bytes;
      this.#chunks = [chunk];
      this.#size = chunk.length;
      this.#needed = isComplete ? PREFIX_BYTES : end;
    }
    return messages;
  }

  #decompress(isCompressed: boolean, message: Buffer): Buffer {
    if (!isCompressed) return message;
    const decompress = DECOMPRESS[this.#encoding as keyof typeof DECOMPRESS];
    if (!decompress) {
      throw new PubSubError(status.UNIMPLEMENTED, `Unknown compression "${this.#encoding}".`);
    }
    try {
      return decompress(message, { maxOutputLength: this.#maxBytes });
    } catch (cause) {
      if (cause instanceof RangeError) throw tooLarge(this.#maxBytes);
      throw new PubSubError(status.INTERNAL, 'The message cannot be decompressed.', { cause });
    }
  }
}

/** @returns the message with its prefix, not compressed */
export function withPrefix(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  bytes[0] = 0;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}

function tooLarge(maxBytes: number): PubSubError {
  return resourceExhausted(`The message is larger than ${maxBytes} bytes.`);
}
