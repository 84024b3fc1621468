import { join } from 'node:path';
import { expect } from 'chai';
import { ambiguousNameHint, databaseFile } from 'iex-local/database-file';

describe('databaseFile', () => {
  it('is not named after the schema in it', () => {
    expect(databaseFile('data')).to.equal(join('data', 'market.duckdb'));
  });
});

describe('ambiguousNameHint', () => {
  it('says how to query a database that DuckDB names like its schema', () => {
    for (const name of ['iex.duckdb', 'iex', 'IEX.db', 'iex.v2.duckdb']) {
      const database = name.split('.')[0];
      expect(ambiguousNameHint(`/data/${name}`), name).to.include(`${database}.iex.top_stocks`);
    }
    for (const name of ['market.duckdb', 'my-iex.duckdb', 'iex2.duckdb', 'quotes.iex']) {
      expect(ambiguousNameHint(`/iex/${name}`), name).to.equal(undefined);
    }
  });
});
