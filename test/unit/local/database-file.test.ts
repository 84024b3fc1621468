import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { databaseFile } from 'iex-local/database-file';
import { temporaryFolder } from '../../support/folder.js';

describe('databaseFile', () => {
  const folder = temporaryFolder();

  it('is not named after the schema in it', () => {
    expect(databaseFile(folder)).to.equal(join(folder, 'market.duckdb'));
  });

  it('has the former name if only that file exists', () => {
    writeFileSync(join(folder, 'iex.duckdb'), '');
    expect(databaseFile(folder)).to.equal(join(folder, 'iex.duckdb'));
    writeFileSync(join(folder, 'market.duckdb'), '');
    expect(databaseFile(folder)).to.equal(join(folder, 'market.duckdb'));
  });
});
