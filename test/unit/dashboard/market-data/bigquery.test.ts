import { expect } from 'chai';
import { UsageError } from 'iex-cli/errors';
import { BigQueryError, BigQueryMarketData } from 'iex-dashboard/market-data/bigquery';
import { FakeBigQuery, type QueryRequest, type Table } from './fake-bigquery.js';

const NOW = Date.parse('2026-11-22T14:00:11Z');
const NEWEST_END = '2026-11-22T14:00:05.000Z';

const NO_STOCKS: Table = { fields: { symbol: 'STRING' }, rows: [] };
const micros = (time: string) => String(Date.parse(time) * 1000);

function windowEnd(time: string | null): Table {
  return { fields: { windowEnd: 'TIMESTAMP' }, rows: [[time && micros(time)]] };
}

const STOCKS: Table = {
  fields: {
    symbol: 'STRING',
    price: 'FLOAT',
    percentageGain: 'FLOAT',
    meanPrice: 'FLOAT',
    rank: 'INTEGER',
    previousRank: 'INTEGER',
  },
  rows: [
    ['AAPL', '150.25', '-0.5', '151.0', '2', '1'],
    ['GOOG', '2800.5', null, '2790.0', '1', null],
    ['NIO', '4.7', '1.25', null, null, null],
  ],
};

describe('BigQueryMarketData', () => {
  let bigQuery: FakeBigQuery;
  let marketData: BigQueryMarketData;
  let metadataDetection: string | undefined;

  before(() => {
    // The client's credentials library looks for Google's metadata server, although none are needed
    // here.
    metadataDetection = process.env.METADATA_SERVER_DETECTION;
    process.env.METADATA_SERVER_DETECTION = 'none';
  });

  after(() => {
    if (metadataDetection === undefined) delete process.env.METADATA_SERVER_DETECTION;
    else process.env.METADATA_SERVER_DETECTION = metadataDetection;
  });

  beforeEach(async () => {
    bigQuery = await FakeBigQuery.start();
    marketData = new BigQueryMarketData({
      projectId: 'my-project',
      dataset: 'iex',
      maximumBytesBilled: 1_000_000_000,
      apiEndpoint: bigQuery.url,
      now: () => NOW,
    });
  });

  afterEach(() => bigQuery.close());

  it('reads the latest window with one query', async () => {
    bigQuery.willAnswer(STOCKS);
    expect(await marketData.latestWindow(5)).to.deep.equal({
      resolutionMinutes: 5,
      windowEnd: Date.parse(NEWEST_END),
      stocks: [
        {
          ...stock('AAPL', 150.25),
          percentageGain: -0.5,
          meanPrice: 151,
          rank: 2,
          previousRank: 1,
        },
        { ...stock('GOOG', 2800.5), percentageGain: null, meanPrice: 2790, rank: 1 },
        { ...stock('NIO', 4.7), percentageGain: 1.25 },
      ],
    });
    expect(bigQuery.requests).to.have.length(1);
    expect(bigQuery.requests[0]?.query)
      .to.include('FROM `iex`.percentage_gain_between(@windowEnd, @windowEnd)')
      .and.include('FROM `iex`.top_stocks_between(@windowBefore, @windowEnd)');
    expect(parameters(bigQuery.requests[0])).to.deep.equal({
      resolutionMinutes: ['INT64', '5'],
      windowEnd: ['TIMESTAMP', NEWEST_END],
      windowBefore: ['TIMESTAMP', '2026-11-22T13:59:55.000Z'],
    });
  });

  it('limits what a query bills, and labels it', async () => {
    bigQuery.willAnswer(STOCKS);
    await marketData.latestWindow(1);
    const [request] = bigQuery.requests;
    expect(request?.maximumBytesBilled).to.equal('1000000000');
    expect(request?.labels).to.deep.equal({ application: 'iex-stream', component: 'dashboard' });
    expect(request?.query).to.include('`iex`.percentage_gain').and.include('`iex`.top_stocks');
  });

  it('has the ranking in order', async () => {
    bigQuery.willAnswer(STOCKS);
    const ranking = await marketData.latestRanking(1);
    expect(ranking?.stocks.map(({ rank, symbol }) => [rank, symbol])).to.eql([
      [1, 'GOOG'],
      [2, 'AAPL'],
    ]);
  });

  it('looks for an older window in the last hour first', async () => {
    bigQuery.willAnswer(NO_STOCKS, windowEnd('2026-11-22T13:30:05Z'), STOCKS);
    const window = await marketData.latestWindow(1);
    expect(window?.windowEnd).to.equal(Date.parse('2026-11-22T13:30:05Z'));
    expect(parameters(bigQuery.requests[1])).to.deep.equal({
      resolutionMinutes: ['INT64', '1'],
      from: ['TIMESTAMP', '2026-11-22T13:00:11.000Z'],
      to: ['TIMESTAMP', '2026-11-22T14:00:11.000Z'],
    });
  });

  it('looks next in the newest days that have rows, by the metadata of the table', async () => {
    const days: Table = { fields: { day: 'STRING' }, rows: [['20261120'], ['20261118']] };
    bigQuery.willAnswer(
      NO_STOCKS,
      windowEnd(null),
      days,
      windowEnd(null),
      windowEnd('2026-11-18T20:00:05Z'),
      STOCKS,
    );
    const window = await marketData.latestWindow(1);
    expect(window?.windowEnd).to.equal(Date.parse('2026-11-18T20:00:05Z'));
    expect(bigQuery.requests[2]?.query)
      .to.include('`iex`.INFORMATION_SCHEMA.PARTITIONS')
      .and.include("IN ('quote', 'tick')");
    expect(parameters(bigQuery.requests[2])).to.deep.equal({ today: ['STRING', '20261122'] });
    expect(parameters(bigQuery.requests[4])).to.deep.include({
      from: ['TIMESTAMP', '2026-11-18T00:00:00.000Z'],
      to: ['TIMESTAMP', '2026-11-19T01:00:00.000Z'],
    });
  });

  it('has no window if no day has rows', async () => {
    bigQuery.willAnswer(NO_STOCKS, windowEnd(null), { fields: { day: 'STRING' }, rows: [] });
    expect(await marketData.latestWindow(1)).to.equal(undefined);
  });

  it('reads trends, for the points of time that it names', async () => {
    bigQuery.willAnswer({
      fields: { symbol: 'STRING', windowEnd: 'TIMESTAMP', price: 'FLOAT' },
      rows: [['AAPL', micros(NEWEST_END), '150.25']],
    });
    const { times, prices } = await marketData.trends(1, Date.parse(NEWEST_END));
    expect(prices.AAPL?.slice(-2)).to.deep.equal([null, 150.25]);
    const ends = bigQuery.requests[0]?.queryParameters.find(({ name }) => name === 'windowEnds');
    expect(ends?.parameterType.arrayType?.type).to.equal('TIMESTAMP');
    expect(ends?.parameterValue.arrayValues).to.have.length(times.length);
  });

  it('reads prices, activity and dead letters', async () => {
    bigQuery.willAnswer(
      {
        fields: { time: 'TIMESTAMP', price: 'FLOAT' },
        rows: [[micros('2026-11-22T14:00:00.123Z'), '150.25']],
      },
      {
        fields: { newestQuote: 'TIMESTAMP', quotesInWindow: 'INTEGER' },
        rows: [[micros('2026-11-22T14:00:10.5Z'), '60']],
      },
      {
        fields: {
          payload: 'STRING',
          reason: 'STRING',
          stage: 'STRING',
          time: 'TIMESTAMP',
          count: 'INTEGER',
          lastDay: 'INTEGER',
          lastHour: 'INTEGER',
        },
        rows: [['{', 'not JSON', 'parse', micros('2026-11-22T10:00:00Z'), '3', '3', '0']],
      },
    );
    expect(await marketData.prices(1, 'AAPL', 0)).to.deep.equal([
      { time: Date.parse('2026-11-22T14:00:00.123Z'), price: 150.25 },
    ]);
    expect(await marketData.activity(1, NOW)).to.deep.equal({
      newestQuote: Date.parse('2026-11-22T14:00:10.5Z'),
      quotesInWindow: 60,
    });
    const time = Date.parse('2026-11-22T10:00:00Z');
    expect(await marketData.deadLetters()).to.deep.equal({
      lastDay: 3,
      lastHour: 0,
      newest: [{ payload: '{', reason: 'not JSON', stage: 'parse', time, count: 3 }],
    });
  });

  it('reports in one line what BigQuery refused', async () => {
    bigQuery.willAnswer({
      status: 400,
      reason: 'bytesBilledLimitExceeded',
      message: 'Query exceeded limit for bytes billed: 1. 10485760 or higher required.\nmore',
    });
    const error = await marketData.deadLetters().catch((error: Error) => error);
    expect(error).to.be.instanceOf(BigQueryError);
    expect(error).to.have.property(
      'message',
      'BigQuery, dataset iex of project my-project: ' +
        'Query exceeded limit for bytes billed: 1. 10485760 or higher required.',
    );
  });

  it('says what to do if a dataset of an earlier version has no table functions', async () => {
    bigQuery.willAnswer({
      status: 404,
      reason: 'notFound',
      message: 'Table-valued function not found: iex.quote_between at [7:14]',
    });
    const error = await marketData.activity(1, NOW).catch((error: Error) => error);
    expect(error).to.be.instanceOf(BigQueryError);
    expect(error)
      .to.have.property('message')
      .that.matches(/^Dataset iex has no table functions: deploy again/);
  });

  for (const dataset of ['', 'iex;', 'a b', 'a`b', 'p.iex', '../x']) {
    it(`refuses '${dataset}' as a dataset name`, () => {
      expect(() => make({ dataset })).to.throw(UsageError, 'is not a valid dataset name');
    });
  }

  for (const projectId of ['', 'short', 'My-Project', 'a/../b', 'my-project-']) {
    it(`refuses '${projectId}' as a project ID`, () => {
      expect(() => make({ projectId })).to.throw(UsageError, 'is not a valid project ID');
    });
  }

  for (const projectId of ['my-project', 'example.com:my-project']) {
    it(`accepts '${projectId}' as a project ID`, () => {
      expect(() => make({ projectId })).to.not.throw();
    });
  }
});

function make(names: { projectId?: string; dataset?: string }): BigQueryMarketData {
  return new BigQueryMarketData({
    projectId: 'my-project',
    dataset: 'iex',
    maximumBytesBilled: 1,
    ...names,
  });
}

function stock(symbol: string, price: number) {
  return { symbol, price, percentageGain: null, meanPrice: null, rank: null, previousRank: null };
}

/** The parameters of a request by name: type and value. */
function parameters(request: QueryRequest | undefined) {
  expect(request?.parameterMode).to.equal('named');
  return Object.fromEntries(
    (request?.queryParameters ?? []).map(({ name, parameterType, parameterValue }) => [
      name,
      [parameterType.type, String(parameterValue.value)],
    ]),
  );
}
