import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readLines } from 'iex-local/replay/lines';

describe('readLines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'iex-lines-'));
  after(() => rmSync(folder, { recursive: true }));

  async function linesOf(content: string | Buffer): Promise<string[]> {
    const file = join(folder, 'lines');
    writeFileSync(file, content);
    const lines: string[] = [];
    for await (const line of readLines(file)) lines.push(line.toString('latin1'));
    return lines;
  }

  it('leaves out the ends of lines, of both kinds, and blank lines', async () => {
    expect(await linesOf('a\nb\r\n\n\r\nc\n')).to.deep.equal(['a', 'b', 'c']);
  });

  it('gives the last line also where it has no end', async () => {
    expect(await linesOf('a\nb')).to.deep.equal(['a', 'b']);
  });

  it('gives nothing of an empty file', async () => {
    expect(await linesOf('')).to.deep.equal([]);
  });

  it('keeps bytes that are no text', async () => {
    expect(await linesOf(Buffer.from([0xff, 0x0a, 0xc3]))).to.deep.equal(['\xff', '\xc3']);
  });

  it('puts lines together that the file system hands out in parts', async () => {
    const lines = Array.from({ length: 20 }, (_, i) => String(i).repeat(20_011));
    expect(await linesOf(lines.join('\n'))).to.deep.equal(lines);
  });

  it('tells how much it has read', async () => {
    const file = join(folder, 'lines');
    writeFileSync(file, 'one\ntwo\n');
    let read = 0;
    for await (const _ of readLines(file, (bytes) => {
      read += bytes;
    }));
    expect(read).to.equal(8);
  });
});
