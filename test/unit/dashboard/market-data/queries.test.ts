import { expect } from 'chai';
import { marketDataQueries } from 'iex-dashboard/market-data/queries';

describe('the queries', () => {
  const queries = marketDataQueries(
    'iex',
    (view, from, to) => `iex.${view}_between(${from}, ${to})`,
  );
  for (const [name, sql] of Object.entries(queries)) {
    const reads = sql.split(/FROM iex\./).slice(1);

    it(`${name} limits the time of everything that it reads`, () => {
      expect(reads).to.not.have.length(0);
      for (const read of reads) {
        // A bound is a constant, because BigQuery chooses partitions before it runs the query.
        expect(read).to.match(
          /^dead_letter\s+WHERE [^)]*\bdead_letter_time >= @|^\w+_between\(@\w+, @\w+\)/,
        );
      }
    });

    it(`${name} has a parameter for every value`, () => {
      expect(sql).to.not.match(/['"]/);
    });
  }
});
