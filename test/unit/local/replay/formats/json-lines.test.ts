import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { readLines } from 'iex-local/replay/formats/json-lines';
import { allOf, inChunks } from 'iex-test/support/bytes';

describe('the lines of a file', () => {
  const linesOf = async (content: string | Buffer, chunkSize?: number) =>
    (await allOf(readLines(inChunks(content, chunkSize)))).map(({ payload }) =>
      payload.toString('latin1'),
    );

  it('have no ends, of either kind', async () => {
    expect(await linesOf('a\nb\r\nc\n')).to.deep.equal(['a', 'b', 'c']);
  });

  it('are not blank', async () => {
    expect(await linesOf('\na\n\n\r\n  \t \n \r\nb\n   ')).to.deep.equal(['a', 'b']);
  });

  it('keep the spaces around their content', async () => {
    expect(await linesOf('  a \n')).to.deep.equal(['  a ']);
  });

  it('include the last, which may have no end', async () => {
    expect(await linesOf('a\nb')).to.deep.equal(['a', 'b']);
    expect(await linesOf('')).to.deep.equal([]);
  });

  it('keep bytes that are not text', async () => {
    expect(await linesOf(Buffer.from([0xff, 0x0a, 0xc3]))).to.deep.equal(['\xff', '\xc3']);
  });

  it('are assembled from any chunks', async () => {
    const lines = Array.from({ length: 20 }, (_, i) => String(i).repeat(201));
    for (const size of [1, 7, 4096]) expect(await linesOf(lines.join('\n'), size)).to.eql(lines);
  });

  it('keep only their beginning if they are too long, but are identified by their whole content', async () => {
    const long = `${'x'.repeat(1_000_000)}1`;
    const [first, second, third] = await allOf(
      readLines(inChunks(`${long}\n${long.replace('1', '2')}\n{}\n`), 500_000),
    );
    expect(first).to.include({
      length: 1_000_001,
      refusal: 'longer than the 500000 bytes that a message of Pub/Sub may have',
    });
    expect(first?.payload.length).to.be.lessThan(300_000);
    const sha256 = createHash('sha256').update(long).digest('hex');
    expect(first?.digest).to.equal(BigInt(`0x${sha256.slice(0, 32)}`));
    expect(second?.digest).not.to.equal(first?.digest);
    expect(third)
      .to.deep.include({ payload: Buffer.from('{}'), length: 2 })
      .and.not.have.property('refusal');
  });
});
