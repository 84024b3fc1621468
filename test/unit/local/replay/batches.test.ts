import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Batch, readBatches } from 'iex-local/replay/batches';
import { temporaryFolder } from '../../../support/folder.js';

describe('the batches of a file', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'file');

  async function batchesOf(text: string, lines: number): Promise<Batch[]> {
    writeFileSync(file, text);
    const batches: Batch[] = [];
    for await (const batch of readBatches(file, lines)) batches.push(batch);
    return batches;
  }
  const idsOf = (batches: Batch[]) => batches.flatMap(({ lines }) => lines.map(({ id }) => id));

  it('hold so many lines each, the last what is left', async () => {
    const sizes = (batches: Batch[]) => batches.map(({ lines }) => lines.length);
    expect(sizes(await batchesOf('', 2))).to.deep.equal([0]);
    expect(sizes(await batchesOf('a\n', 2))).to.deep.equal([1]);
    expect(sizes(await batchesOf('a\nb\n', 2))).to.deep.equal([2, 0]);
    expect(sizes(await batchesOf('a\nb\nc', 2))).to.deep.equal([2, 1]);
  });

  it('tell together how long the file is', async () => {
    const batches = await batchesOf('a\r\n\n日本\n'.repeat(100_000), 7);
    const bytes = batches.reduce((sum, batch) => sum + batch.bytes, 0);
    expect(bytes).to.equal(statSync(file).size);
  });

  it('know lines by content and by how many like them came before', async () => {
    const ids = idsOf(await batchesOf('a\nb\na\na\n', 1));
    expect(new Set(ids)).to.have.property('size', 4);
    expect(idsOf(await batchesOf('a\na\r\n\na\nb\nc\n', 3))).to.include.members(ids);
  });
});
