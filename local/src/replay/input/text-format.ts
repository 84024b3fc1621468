import { Readable } from 'node:stream';
import { fileTypeFromBuffer } from 'file-type';
import { readCsv, readCsvHeader } from '../formats/csv.js';
import { readLines } from '../formats/json-lines.js';
import { readValues } from '../formats/json-values.js';
import { InputError } from './input-error.js';
import { type InputRecord, isBlank } from './record.js';

export type ReadRecords = (chunks: AsyncIterable<Buffer>) => AsyncIterable<InputRecord>;

/** Begins each value of a JSON text sequence (RFC 7464). */
const RECORD_SEPARATOR = '\x1e';

const SUPPORTED = 'replay reads JSON Lines, JSON arrays, CSV with a header, and Parquet';

/**
 * Detects how to read the records of a text.
 *
 * @param head its first bytes
 * @param isWhole whether these are the whole text
 * @throws {InputError} if it is not a text with quotes; the message says what it is
 */
export async function formatOfText(head: Buffer, isWhole: boolean): Promise<ReadRecords> {
  if (isBlank(head)) {
    if (isWhole) throw new InputError('has only blank lines');
    return readLines;
  }
  refuseUnmarkedUtf16(head);
  const text = head.toString('utf8').trimStart();
  if (text.startsWith(RECORD_SEPARATOR) || /^\[\s*[[{\]]/.test(text)) return readValues;
  if (text.startsWith('{')) return (await startsWithValue(head)) ? readValues : readLines;

  const type = await fileTypeFromBuffer(head);
  if (type && COMPRESSED.includes(type.ext)) {
    throw new InputError(`is compressed (${type.mime}): decompress it first`);
  }
  if (type) throw new InputError(`is ${type.mime}; ${SUPPORTED}`);
  if (head.subarray(8, 12).equals(DUCKDB)) throw new InputError('is a DuckDB database');
  const firstLine = text.split('\n', 1)[0] as string;
  const header = readCsvHeader(firstLine);
  if (header) return (chunks) => readCsv(chunks, header);
  // A bad line before the good ones does not change the format.
  if (/^\s*\{/m.test(text)) return readLines;
  if (head.includes(0) || text.includes('\uFFFD')) {
    throw new InputError(`is neither text in UTF-8 nor in any other known format; ${SUPPORTED}`);
  }
  // The first line is longer than the head, and one bad line does not change the format.
  if (!isWhole && !text.includes('\n')) return readLines;
  const beginning = JSON.stringify(firstLine.trim().slice(0, 60));
  throw new InputError(`has no quotes: it begins with ${beginning}; ${SUPPORTED}`);
}

const DUCKDB = Buffer.from('DUCK');

const COMPRESSED = ['zst', 'bz2', 'xz', 'lz', 'lz4', 'zip', '7z', 'Z', 'br'];

/**
 * Whether the first value of a text continues after its first line, or ends within it: then lines
 * are not values.
 */
async function startsWithValue(head: Buffer): Promise<boolean> {
  const [line, value] = [readLines, readValues].map((read) => read(Readable.from([head])).next());
  return !isJson(await line) && isJson(await value);
}

function isJson(first: IteratorResult<InputRecord> | undefined): boolean {
  try {
    JSON.parse(`${first?.value.payload}`);
    return true;
  } catch {
    return false;
  }
}

/** How many bytes of a text are searched for zeros. */
const SAMPLE_BYTES = 64;

/** In UTF-16, every other byte of quotes is zero. A text that only looks like UTF-16 is refused. */
function refuseUnmarkedUtf16(head: Buffer): void {
  const sample = head.subarray(0, SAMPLE_BYTES);
  const zerosAt = (parity: number) => sample.filter((byte, i) => i % 2 === parity && byte === 0);
  const half = Math.floor(sample.length / 2);
  const isUtf16 = (zeros: number, others: number) =>
    half > 1 && zeros >= half * 0.9 && others === 0;
  const [even, odd] = [zerosAt(0).length, zerosAt(1).length];
  const encoding = isUtf16(odd, even) ? 'UTF-16LE' : isUtf16(even, odd) ? 'UTF-16BE' : undefined;
  if (!encoding) return;
  throw new InputError(
    `looks like ${encoding} without a byte order mark: convert it first, with iconv -f ${encoding} -t UTF-8`,
  );
}
