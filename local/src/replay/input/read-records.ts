import { OperationalError } from 'iex-cli/errors';
import { readParquet } from '../formats/parquet.js';
import type { Input } from './input.js';
import { InputError } from './input-error.js';
import type { InputRecord } from './record.js';
import { fromUtf16, gunzip, peek, skip } from './text.js';
import { formatOfText } from './text-format.js';

/** How much of a file is read to detect its format, in bytes. */
const HEAD_BYTES = 65_536;

const GZIP = Buffer.from([0x1f, 0x8b]);
const PARQUET = Buffer.from('PAR1');
const UTF_8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF_16_LE_MARK = Buffer.from([0xff, 0xfe]);
const UTF_16_BE_MARK = Buffer.from([0xfe, 0xff]);
const UTF_32_MARKS = [Buffer.from([0xff, 0xfe, 0, 0]), Buffer.from([0, 0, 0xfe, 0xff])];

/**
 * The records of a file of quotes in any of the formats that can be detected reliably: JSON Lines,
 * an array of JSON or consecutive values, CSV with a header, each in UTF-8 or marked UTF-16,
 * gzipped or not; and Parquet.
 *
 * @throws {OperationalError} if the file is something else, or damaged, or cannot be read
 */
export async function* readRecords(input: Input): AsyncGenerator<InputRecord> {
  try {
    yield* recordsOf(input.chunks(), input);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new OperationalError(`${input.name} ${error.message}`, { cause: error });
  } finally {
    input.close();
  }
}

/** @param input absent if the bytes are not the file's own */
async function* recordsOf(
  chunks: AsyncIterable<Buffer>,
  input?: Input,
): AsyncGenerator<InputRecord> {
  const { head, all } = await peek(chunks, HEAD_BYTES);
  const startsWith = (bytes: Buffer) => head.subarray(0, bytes.length).equals(bytes);

  if (head.length === 0) throw new InputError('is empty');
  if (startsWith(GZIP)) yield* recordsOf(gunzip(all));
  else if (startsWith(PARQUET)) yield* parquetRecords(input);
  else if (UTF_32_MARKS.some(startsWith)) {
    throw new InputError('is UTF-32: convert it first, with iconv -f UTF-32 -t UTF-8');
  } else if (startsWith(UTF_16_LE_MARK)) yield* textRecords(fromUtf16(skip(all, 2), false));
  else if (startsWith(UTF_16_BE_MARK)) yield* textRecords(fromUtf16(skip(all, 2), true));
  else yield* textRecords(startsWith(UTF_8_MARK) ? skip(all, UTF_8_MARK.length) : all);
}

async function* textRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<InputRecord> {
  const { head, isWhole, all } = await peek(chunks, HEAD_BYTES);
  const read = await formatOfText(head, isWhole);
  yield* read(all);
}

/** Parquet has its index at its end. */
async function* parquetRecords(input?: Input): AsyncGenerator<InputRecord> {
  const path = input?.path;
  if (!path) throw new InputError('is Parquet in a stream: Parquet must be read from a file');
  yield* readParquet(path, (part) => {
    input.bytesRead = Math.round(part * input.size);
  });
}
