import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { OperationalError } from 'iex-cli';
import { createFolder } from 'iex-cli/create-folder';
import { temporaryFolder } from 'iex-test/support/folder';

describe('createFolder', () => {
  const folder = temporaryFolder();

  it('creates a folder and those above it, and leaves one that exists', () => {
    const path = join(folder, 'a/b');
    for (let i = 0; i < 2; i++) createFolder(path);
    expect(statSync(path).isDirectory()).to.equal(true);
  });

  it('says that a file is in the way', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')]) {
      expect(() => createFolder(path)).to.throw(OperationalError, `Cannot create ${file}: EEXIST`);
    }
  });
});
