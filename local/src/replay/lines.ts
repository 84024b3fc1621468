import { createReadStream } from 'node:fs';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The lines of a file as bytes, without their ends; blank ones are left out. Bytes, because a line that is not UTF-8 must
 * reach the dead letters as it is.
 *
 * @param onRead told how many bytes were read, as they are
 */
export async function* readLines(
  file: string,
  onRead: (bytes: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    onRead(chunk.length);
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield* nonBlank(Buffer.concat([...rest, chunk.subarray(start, end)]));
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  yield* nonBlank(Buffer.concat(rest));
}

function* nonBlank(line: Buffer): Generator<Buffer> {
  const text = line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
  if (text.length > 0) yield text;
}
