import { type InputRecord, RecordBuilder } from '../input/record.js';

const code = (character: string) => character.charCodeAt(0);
const NEWLINE = code('\n');
const QUOTE = code('"');
const BACKSLASH = code('\\');
const OPEN = code('{');
const CLOSE = code('}');

const SPACES = new Set([...' \t\r\n'].map(code));

/** What may stand between values; \x1e begins one in a JSON text sequence (RFC 7464). */
const SEPARATORS = new Set([...SPACES, ...[...',[]\x1e'].map(code)]);

/** An object that follows one of these is part of another one. */
const BEFORE_NESTED = new Set([...':['].map(code));

/**
 * The JSON values of a text as records with their exact bytes: the elements of an array, or
 * consecutive values, indented or not. A parser would need the whole array in memory, and would not
 * keep the bytes.
 *
 * This looks at braces and strings only; the pipeline decides whether a value is a quote. A broken
 * value does not affect those after it: a string ends with its line, and an object before one that
 * begins in the same column.
 *
 * @param maxBytes the longest value that is kept whole
 */
export async function* readValues(
  chunks: AsyncIterable<Buffer>,
  maxBytes?: number,
): AsyncGenerator<InputRecord> {
  const value = new RecordBuilder(maxBytes);
  let isInValue = false;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let column = 0;
  let valueColumn = 0;
  let lastNonSpace = 0;

  for await (const chunk of chunks) {
    let start = 0;
    const endAt = (end: number) => {
      value.append(chunk.subarray(start, end));
      isInValue = false;
      return value.take();
    };
    const startAt = (position: number) => {
      start = position;
      isInValue = true;
      valueColumn = column;
    };
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i] as number;
      let ended: InputRecord | undefined;
      if (isInString) {
        isInString = isEscaped || (byte !== QUOTE && byte !== NEWLINE);
        isEscaped = !isEscaped && byte === BACKSLASH;
      } else if (byte === QUOTE) {
        if (!isInValue) startAt(i);
        isInString = true;
      } else if (byte === OPEN) {
        const isNested = depth > 0 && (column !== valueColumn || BEFORE_NESTED.has(lastNonSpace));
        if (!isNested) {
          if (isInValue) ended = endAt(i);
          startAt(i);
          depth = 0;
        }
        depth += 1;
      } else if (byte === CLOSE && depth > 0) {
        depth -= 1;
        if (depth === 0) ended = endAt(i + 1);
      } else if (depth === 0) {
        if (!SEPARATORS.has(byte)) {
          if (!isInValue) startAt(i);
        } else if (isInValue) ended = endAt(i);
      }
      column = byte === NEWLINE ? 0 : column + 1;
      if (!SPACES.has(byte)) lastNonSpace = byte;
      if (ended) yield ended;
    }
    if (isInValue) value.append(chunk.subarray(start));
  }
  const last = value.take();
  if (last) yield last;
}
