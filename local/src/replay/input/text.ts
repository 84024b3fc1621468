import { pipeline, Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { InputError } from './input-error.js';

/**
 * Reads the beginning of a text: at least `length` bytes unless it is shorter. An error behind the
 * first byte is thrown when `all` reaches it, so that the text before it is read.
 *
 * @returns the beginning, whether it is the whole text, and all of the text
 */
export async function peek(chunks: AsyncIterable<Buffer>, length: number) {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let isWhole = false;
  let failure: { error: unknown } | undefined;
  while (head.length < length && !isWhole && !failure) {
    try {
      const next = await iterator.next();
      if (next.done) isWhole = true;
      else head = Buffer.concat([head, next.value]);
    } catch (error) {
      if (head.length === 0) throw error;
      failure = { error };
    }
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      yield head;
      if (failure) throw failure.error;
      yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await iterator.return?.();
    }
  }
  return { head, isWhole, all: all() };
}

/** A text without its first bytes. */
export async function* skip(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/**
 * Decompresses gzip of one member or several.
 *
 * @throws {InputError} if the data are damaged or cut off
 */
export async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unzipped = pipeline(Readable.from(chunks), createGunzip(), () => undefined);
  try {
    yield* unzipped as AsyncIterable<Buffer>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    throw new InputError(
      `is gzip that is damaged or cut off: ${message}. The lines before the damage are in the database`,
      { cause: error },
    );
  }
}

/**
 * Converts UTF-16 to UTF-8. A lone surrogate has no UTF-8; it becomes a byte that is invalid in
 * UTF-8, so that the pipeline refuses its line.
 */
export async function* fromUtf16(
  chunks: AsyncIterable<Buffer>,
  isBigEndian: boolean,
): AsyncGenerator<Buffer> {
  const decoder = new StringDecoder('utf16le');
  let odd: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([odd, chunk]);
    const whole = bytes.subarray(0, bytes.length & ~1);
    odd = bytes.subarray(whole.length);
    yield toUtf8(decoder.write(isBigEndian ? Buffer.from(whole).swap16() : whole));
  }
  yield toUtf8(decoder.end());
  if (odd.length > 0) yield NOT_UTF8;
}

const NOT_UTF8 = Buffer.from([0xff]);

function toUtf8(text: string): Buffer {
  const parts = text.split(/\p{Surrogate}/u).map((part) => Buffer.from(part));
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [NOT_UTF8, part])));
}
