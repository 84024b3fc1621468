import type { KnownLines } from '../store/known-lines.js';
import type { QuoteFile } from './input/quote-file.js';
import type { InputRecord } from './input/record.js';

/** Consecutive lines of a file. */
export interface Batch {
  /** Those that the database does not have. */
  fresh: InputRecord[];
  /** How many lines there are in all. */
  lines: number;
  /** How many bytes of the file they take. */
  bytes: number;
}

/**
 * How many lines are looked up in the database at once; each lookup scans all lines that it knows.
 * Without lookups, lines are read for one batch at a time, so that they are soon garbage.
 */
const CHUNK_LINES = 16_384;

/** Bounds the memory that lines take while they are looked up; in bytes. */
const CHUNK_BYTES = 32_000_000;

/** Bounds the memory that the pipeline takes for a batch of long lines; in bytes. */
const BATCH_BYTES = 8_000_000;

/**
 * The lines of a file in batches.
 *
 * A line is identified by its content and by how many identical lines precede it in its file. So
 * the same file adds nothing the second time, a longer version of it adds only what is new, and
 * identical lines in one file all count.
 *
 * @param batchLines the most new lines of a batch
 * @throws {OperationalError} if the file is damaged; what precedes the damage comes first
 */
export async function* readBatches(
  file: QuoteFile,
  known: Pick<KnownLines, 'isExhausted' | 'match'>,
  batchLines: number,
): AsyncGenerator<Batch> {
  let bytesDone = 0;
  const chunkLines = () => (known.isExhausted ? batchLines : CHUNK_LINES);
  for await (const chunk of readChunks(file, chunkLines)) {
    const isKnown = await known.match(chunk.map(({ record }) => record.digest));
    let batch: Batch = { fresh: [], lines: 0, bytes: 0 };
    let payloadBytes = 0;
    for (const [i, { record, position }] of chunk.entries()) {
      batch.lines += 1;
      batch.bytes += position - bytesDone;
      bytesDone = position;
      if (isKnown[i]) continue;
      batch.fresh.push(record);
      payloadBytes += record.payload.length;
      if (batch.fresh.length < batchLines && payloadBytes < BATCH_BYTES) continue;
      yield batch;
      batch = { fresh: [], lines: 0, bytes: 0 };
      payloadBytes = 0;
    }
    if (batch.lines > 0) yield batch;
  }
}

/** A record, and how much of the file had been read up to its end, in bytes. */
interface ReadRecord {
  record: InputRecord;
  position: number;
}

async function* readChunks(
  file: QuoteFile,
  chunkLines: () => number,
): AsyncGenerator<ReadRecord[]> {
  let chunk: ReadRecord[] = [];
  let bytes = 0;
  let failure: { error: unknown } | undefined;
  try {
    for await (const record of file.records()) {
      chunk.push({ record, position: file.bytesRead });
      bytes += record.payload.length;
      if (chunk.length < chunkLines() && bytes < CHUNK_BYTES) continue;
      yield chunk;
      chunk = [];
      bytes = 0;
    }
  } catch (error) {
    failure = { error };
  }
  if (chunk.length > 0) yield chunk;
  if (failure) throw failure.error;
}
