import { expect } from 'chai';
import { summarize } from 'iex-deploy/src/plan-summary';

/** The losses of a change of one resource. */
const lossesOf = (
  type: string,
  before: Record<string, unknown>,
  after: Record<string, unknown> | null,
  actions = ['update'],
) =>
  summarize({
    resource_changes: [{ address: `${type}.a`, type, change: { actions, before, after } }],
  }).losses;

const DAY_MS = 24 * 60 * 60 * 1000;

describe('the loss of a change in place', () => {
  const table = (before: object[], after: object[]) =>
    lossesOf(
      'google_bigquery_table',
      { schema: JSON.stringify(before) },
      { schema: JSON.stringify(after) },
    );
  const column = (name: string, fields?: object[]) => ({ name, type: 'STRING', fields });

  it('is each column that the table no longer has, with its values', () => {
    expect(table([column('a'), column('b'), column('c')], [column('b')])).to.deep.equal([
      'google_bigquery_table.a (change): column a and its values',
      'google_bigquery_table.a (change): column c and its values',
    ]);
  });

  it('is a column within a column too', () => {
    const [before, after] = [
      [column('r', [column('x'), column('y')])],
      [column('r', [column('y')])],
    ];
    expect(table(before, after)).to.deep.equal([
      'google_bigquery_table.a (change): column r.x and its values',
    ]);
  });

  it('is nothing if a column is added, moved, described or written in another case', () => {
    const after = [column('B'), { ...column('a'), description: 'new' }, column('c')];
    expect(table([column('A'), column('b')], after)).to.deep.equal([]);
  });

  it('is nothing if the schema is not known', () => {
    expect(lossesOf('google_bigquery_table', {}, {})).to.deep.equal([]);
    expect(lossesOf('google_bigquery_table', { schema: '' }, { schema: '[]' })).to.deep.equal([]);
  });

  const expiring = (days: number) => ({
    time_partitioning: [{ type: 'DAY', expiration_ms: days * DAY_MS }],
  });
  for (const [before, after, lost] of [
    [90, 7, true],
    // Never.
    [0, 7, true],
    [7, 90, false],
    [7, 0, false],
    [7, 7, false],
  ] as const) {
    it(`is ${lost ? 'the older rows' : 'nothing'} if rows expire after ${after} days instead of ${before}`, () => {
      expect(lossesOf('google_bigquery_table', expiring(before), expiring(after))).to.deep.equal(
        lost
          ? [`google_bigquery_table.a (change): its rows that are older than ${after} days`]
          : [],
      );
    });
  }

  it('is the older messages if a subscription keeps them for a shorter time', () => {
    const kept = (seconds: string) => ({ message_retention_duration: seconds });
    const type = 'google_pubsub_subscription';
    expect(lossesOf(type, kept('1800s'), kept('600s'))).to.deep.equal([
      'google_pubsub_subscription.a (change): its messages that are older than 600 s',
    ]);
    expect(lossesOf(type, kept('600s'), kept('1800s'))).to.deep.equal([]);
  });

  it('is nothing if a view is deleted, materialized or not', () => {
    for (const view of [{ view: [{}] }, { view: [], materialized_view: [{}] }]) {
      expect(lossesOf('google_bigquery_table', view, null, ['delete'])).to.deep.equal([]);
    }
    expect(
      lossesOf('google_bigquery_table', { materialized_view: [] }, null, ['delete']),
    ).to.have.length(1);
  });

  it('is not listed twice if the table is replaced', () => {
    const schema = (names: string[]) => ({ schema: JSON.stringify(names.map((n) => column(n))) });
    expect(
      lossesOf('google_bigquery_table', schema(['a']), schema([]), ['delete', 'create']),
    ).to.deep.equal(['google_bigquery_table.a (replace): its rows']);
  });
});

describe('a plan that only deletes', () => {
  const change = (actions: string[], mode = 'managed') => ({
    address: 'a',
    mode,
    type: 't',
    change: { actions, before: {}, after: {} },
  });
  const deletesAll = (...actions: string[][]) =>
    summarize({ resource_changes: actions.map((each) => change(each)) }).deletesAll;

  it('deletes every resource', () => {
    expect(deletesAll(['delete'], ['delete'])).to.equal(true);
    const read = change(['read'], 'data');
    expect(summarize({ resource_changes: [change(['delete']), read] }).deletesAll).to.equal(true);
  });

  it('does not keep, change or create a resource', () => {
    for (const other of [['no-op'], ['update'], ['create'], ['delete', 'create'], ['forget']]) {
      expect(deletesAll(['delete'], other), other.join()).to.equal(false);
    }
    expect(deletesAll()).to.equal(false);
  });
});
