import { expect } from 'chai';
import { marketDataQueries } from 'iex-dashboard/market-data/queries';

describe('the queries', () => {
  for (const [name, sql] of Object.entries(marketDataQueries('iex'))) {
    const reads = sql.split(/FROM iex\./).slice(1);

    it(`${name} limits the time of every table that it reads`, () => {
      expect(reads).to.not.have.length(0);
      for (const read of reads) {
        const column = read.startsWith('dead_letter') ? 'dead_letter_time' : 'window_end';
        // A bound is a constant, because BigQuery chooses partitions before it runs the query.
        expect(read).to.match(new RegExp(`^\\w+\\s+WHERE [^)]*\\b${column} (=|>=|>) @`));
      }
    });

    it(`${name} has a parameter for every value`, () => {
      expect(sql).to.not.match(/['"]/);
    });
  }
});
