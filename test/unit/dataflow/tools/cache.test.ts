import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import { cachedFolder, shortHash } from 'iex-dataflow/src/tools/cache';
import { temporaryFolder } from 'iex-test/support/folder';

describe('cachedFolder', () => {
  const source = join(temporaryFolder(), 'source.txt');
  const made = new Set<string>();
  let runs = 0;

  beforeEach(() => {
    runs = 0;
    writeFileSync(source, `${Math.random()}`);
  });

  after(() => {
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
  });

  async function cached(fill: (folder: string) => void = () => undefined): Promise<string> {
    const folder = await cachedFolder('test', source, async (scratch) => {
      runs += 1;
      writeFileSync(join(scratch, 'content'), `run ${runs}`);
      fill(scratch);
    });
    made.add(folder);
    return folder;
  }

  it('is made once for each content', async () => {
    const first = await cached();
    expect(await cached()).to.equal(first);
    expect(runs).to.equal(1);
    expect(readFileSync(join(first, 'content'), 'utf8')).to.equal('run 1');
  });

  it('is made again for another content, and the former one stays', async () => {
    const first = await cached();
    writeFileSync(source, 'another');
    const second = await cached();
    expect(second).not.to.equal(first);
    expect(existsSync(first)).to.equal(true);
  });

  it('is made again after it failed, and leaves nothing behind', async () => {
    const failed = await cached(() => {
      throw new Error('half way');
    }).catch((error: Error) => error.message);
    expect(failed).to.equal('half way');
    const folder = await cached();
    expect(readFileSync(join(folder, 'content'), 'utf8')).to.equal('run 2');
    const others = readdirSync(dirname(folder)).filter((name) =>
      name.startsWith(`${basename(folder)}.`),
    );
    expect(others).to.deep.equal([]);
  });

  it('is complete for all processes that make it at the same time', async () => {
    const folders = await Promise.all([cached(), cached(), cached()]);
    expect(new Set(folders).size).to.equal(1);
    expect(readdirSync(folders[0] ?? '')).to.deep.equal(['content']);
  });
});

describe('shortHash', () => {
  it('distinguishes lists that are equal when joined', () => {
    expect(shortHash('ab', 'c')).not.to.equal(shortHash('a', 'bc'));
    expect(shortHash('ab')).not.to.equal(shortHash('ab', ''));
    expect(shortHash('ü')).to.equal(shortHash(Buffer.from('ü')));
  });
});
