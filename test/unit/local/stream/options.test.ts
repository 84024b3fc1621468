import { expect } from 'chai';
import { UsageError } from 'iex-cli/errors';
import { resolutions } from 'iex-contract/infrastructure';
import { parseStreamOptions } from 'iex-local/stream/options';

const SUBSCRIPTION = 'projects/my-project/subscriptions/quotes';
const NEEDED = ['--subscription', SUBSCRIPTION, '--database', '/data/quotes.duckdb'];

describe('the options of a stream', () => {
  it('have a default except for the subscription and the database', () => {
    expect(parseStreamOptions(NEEDED)).to.deep.equal({
      projectId: 'my-project',
      subscription: SUBSCRIPTION,
      database: '/data/quotes.duckdb',
      resolutions,
      runner: 'direct',
      master: undefined,
    });
  });

  it('choose Flink, a cluster and the resolutions', () => {
    const flags = ['--runner', 'flink', '--flink-master', 'flink:8081', '--resolutions', '1,30'];
    expect(parseStreamOptions([...NEEDED, ...flags])).to.include({
      runner: 'flink',
      master: 'flink:8081',
    });
    expect(parseStreamOptions([...NEEDED, ...flags])?.resolutions).to.deep.equal([1, 30]);
  });

  it('are undefined if help is wanted', () => {
    expect(parseStreamOptions(['--help'])).to.equal(undefined);
  });

  for (const [flags, message] of [
    [[], /^--subscription .* is missing/],
    [['--subscription', SUBSCRIPTION], /^--database .* is missing/],
    [['--subscription', 'quotes'], /takes projects\/P\/subscriptions\/S, not 'quotes'$/],
    [['--subscription', 'projects/p/topics/quotes'], /not 'projects\/p\/topics\/quotes'$/],
    [[...NEEDED, '--runner', 'spark'], /'spark' is unknown; choose direct or flink$/],
    [[...NEEDED, '--flink-master', 'flink:8081'], /requires --runner flink$/],
    [
      [...NEEDED, '--runner', 'flink', '--flink-master', 'http://flink:8081'],
      /not of the form HOST:PORT$/,
    ],
    ...['', '0', '1,1', '1.5', '1,', '1441', 'x'].map(
      (text) => [[...NEEDED, '--resolutions', text], new RegExp(`not '${text}'$`)] as const,
    ),
  ] as const) {
    it(`are refused: ${flags.slice(-2).join(' ') || 'none'}`, () => {
      expect(() => parseStreamOptions([...flags])).to.throw(UsageError, message);
    });
  }
});
