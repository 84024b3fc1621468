import { type InputRecord, RecordBuilder } from '../input/record.js';

const NEWLINE = 0x0a;

/**
 * The lines of a text as records, without their ends; blank ones are left out. They are bytes,
 * because a line that is not UTF-8 must reach the dead letters unchanged.
 *
 * @param maxBytes the longest line that is kept whole
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxBytes?: number,
): AsyncGenerator<InputRecord> {
  const line = new RecordBuilder(maxBytes);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      line.append(chunk.subarray(start, end));
      const record = line.take();
      if (record) yield record;
      start = end + 1;
    }
    if (start < chunk.length) line.append(chunk.subarray(start));
  }
  const last = line.take();
  if (last) yield last;
}
