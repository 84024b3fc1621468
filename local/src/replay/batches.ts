import { createHash } from 'node:crypto';
import { readLines } from './lines.js';

/** Under this name the store knows the lines of all files that were replayed. */
export const SOURCE = 'replay';

/** A line of a file of quotes. */
export interface Line {
  id: string;
  payload: Buffer;
}

/** Lines that follow on each other in a file. */
export interface Batch {
  lines: Line[];
  /** How much was read for them. */
  bytes: number;
}

/**
 * The lines of a file in batches, of which the last may be smaller.
 *
 * A line is known by its content and by how many lines like it stand before it in its file. So the same file adds
 * nothing when it comes again, nor does a longer one that holds it, while lines that are alike in one file all count.
 */
export async function* readBatches(file: string, batchLines: number): AsyncGenerator<Batch> {
  const occurrences = new Map<string, number>();
  let batch: Batch = { lines: [], bytes: 0 };
  const onRead = (bytes: number) => {
    batch.bytes += bytes;
  };
  for await (const payload of readLines(file, onRead)) {
    const digest = createHash('sha256').update(payload).digest('base64url');
    const occurrence = (occurrences.get(digest) ?? 0) + 1;
    occurrences.set(digest, occurrence);
    batch.lines.push({ id: `${digest}#${occurrence}`, payload });
    if (batch.lines.length === batchLines) {
      yield batch;
      batch = { lines: [], bytes: 0 };
    }
  }
  yield batch;
}
