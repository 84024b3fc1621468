import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { readBatches } from 'iex-local/replay/batches';
import { Input } from 'iex-local/replay/input/input';
import { openQuotes } from 'iex-local/replay/input/quote-file';
import { temporaryFolder } from 'iex-test/support/folder';

describe('the batches of a file', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'file');
  const nothingKnown = {
    isExhausted: false,
    match: async (digests: readonly bigint[]) => digests.map(() => false),
  };

  const lines = (count: number) => Array.from({ length: count }, (_, i) => `{"n":${i}}\n`).join('');

  async function* batchesOf(content: string | Buffer, batchLines: number, known = nothingKnown) {
    writeFileSync(file, content);
    const quotes = await openQuotes(new Input(file));
    for await (const batch of readBatches(quotes!, known, batchLines)) {
      yield { ...batch, fresh: batch.fresh.map(({ payload }) => payload.toString()) };
    }
  }

  async function sizesOf(...args: Parameters<typeof batchesOf>) {
    const sizes: [fresh: number, lines: number][] = [];
    for await (const { fresh, lines } of batchesOf(...args)) sizes.push([fresh.length, lines]);
    return sizes;
  }

  it('have the given number of lines each, the last one the rest', async () => {
    expect(await sizesOf(lines(1), 2)).to.deep.equal([[1, 1]]);
    expect(await sizesOf(lines(2), 2)).to.deep.equal([[2, 2]]);
    expect(await sizesOf(lines(5), 2)).to.deep.equal([
      [2, 2],
      [2, 2],
      [1, 1],
    ]);
  });

  it('have fewer lines if these are long', async () => {
    const long = `{"n":"${'x'.repeat(3_000_000)}"}\n`;
    expect(await sizesOf(long.repeat(7), 900)).to.deep.equal([
      [3, 3],
      [3, 3],
      [1, 1],
    ]);
  });

  it('count the lines that are known, and leave them out', async () => {
    const everyThird = {
      isExhausted: false,
      match: async (digests: readonly bigint[]) => digests.map((_, i) => i % 3 === 0),
    };
    expect(await sizesOf(lines(10), 4, everyThird)).to.deep.equal([
      [4, 6],
      [2, 4],
    ]);
    const all = {
      isExhausted: false,
      match: async (digests: readonly bigint[]) => digests.map(() => true),
    };
    expect(await sizesOf(lines(10), 4, all)).to.deep.equal([[0, 10]]);
  });

  it('have the number of bytes that they take in the file', async () => {
    for (const content of [lines(6_000), gzipSync(lines(6_000))]) {
      let bytes = 0;
      for await (const batch of batchesOf(content, 900)) bytes += batch.bytes;
      expect(bytes).to.equal(Buffer.byteLength(content));
    }
  });

  it('have the lines before damage, which is then reported', async () => {
    const zipped = gzipSync(lines(50_000));
    let found = 0;
    let message = '';
    try {
      for await (const batch of batchesOf(zipped.subarray(0, -5000), 900)) found += batch.lines;
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).to.match(/file is gzip that is damaged or cut off: unexpected end/);
    expect(found).to.be.greaterThan(20_000);
  });
});
