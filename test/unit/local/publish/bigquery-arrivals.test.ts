import { expect } from 'chai';
import { arrivalReport } from 'iex-local/publish/arrivals';
import { arrivalsInBigQuery } from 'iex-local/publish/bigquery-arrivals';
import { type Load, newLoad } from 'iex-local/publish/load';
import { FakeBigQuery, type Table } from '../../dashboard/market-data/fake-bigquery.js';

const rows = (count: number): Table => ({
  fields: { row_count: 'INTEGER' },
  rows: [[String(count)]],
});

describe('arrivalsInBigQuery', () => {
  let bigQuery: FakeBigQuery;
  let load: Load;
  let published: () => void;
  let publishing: Promise<void>;

  beforeEach(async () => {
    process.env.METADATA_SERVER_DETECTION ??= 'none';
    bigQuery = await FakeBigQuery.start();
    load = newLoad();
    publishing = new Promise((resolve) => {
      published = resolve;
    });
  });
  afterEach(() => bigQuery.close());

  const arrivals = (patienceMs: number) =>
    arrivalsInBigQuery(load, publishing, {
      projectId: 'my-project',
      dataset: 'iex',
      apiEndpoint: bigQuery.url,
      pollMs: 1,
      patienceMs,
    });

  it('waits until all rows have arrived, and says when each quote was complete', async () => {
    const now = Date.now();
    load.times = [now - 9000, now - 8000, now - 7000];
    published();
    bigQuery.willAnswer(rows(0), rows(127), rows(378));
    const arrived = await arrivals(20_000);
    expect(arrived.rows).to.equal(378);
    expect(arrived.lags).to.have.length(3);
    for (const [i, lag] of arrived.lags.entries()) {
      expect(lag).to.be.at.least(9000 - 1000 * i);
    }
    expect(bigQuery.requests).to.have.length(3);
    expect(bigQuery.requests[0]?.query).to.include('`my-project.iex.quote`');
    expect(arrivalReport(load, arrived)[0]).to.equal('Rows: 378 of 378 arrived.');
  });

  it('gives up when no more rows arrive', async () => {
    load.times = [Date.now(), Date.now()];
    published();
    bigQuery.willAnswer(...Array.from({ length: 1000 }, () => rows(126)));
    const arrived = await arrivals(30);
    expect({ rows: arrived.rows, lags: arrived.lags.length }).to.deep.equal({ rows: 126, lags: 1 });
  });
});
