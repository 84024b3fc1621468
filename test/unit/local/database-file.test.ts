import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { databaseFile } from 'iex-local/database-file';
import { temporaryFolder } from 'iex-test/support/folder';

describe('databaseFile', () => {
  const folder = temporaryFolder();

  it('is not named after the schema in it', () => {
    expect(databaseFile(folder)).to.equal(join(folder, 'market.duckdb'));
  });

  it('is the one of before if there is one, unless there are both', () => {
    writeFileSync(join(folder, 'iex.duckdb'), '');
    expect(databaseFile(folder)).to.equal(join(folder, 'iex.duckdb'));
    writeFileSync(join(folder, 'market.duckdb'), '');
    expect(databaseFile(folder)).to.equal(join(folder, 'market.duckdb'));
  });
});
