import { expect } from 'chai';
import { resolutions, symbols, tableColumns, viewQuery } from 'iex-contract/infrastructure';

describe('the files of the infrastructure', () => {
  it('name the symbols and the resolutions', () => {
    expect(symbols).to.include.members(['AAPL', 'GME', 'TSLA']);
    expect(resolutions).to.deep.equal([1, 5, 15]);
  });

  it('describe the table of quotes', () => {
    expect(tableColumns('quote').map(({ name, type }) => `${name} ${type}`)).to.deep.equal([
      'symbol STRING',
      'latest_price FLOAT',
      'window_end TIMESTAMP',
      'event_time TIMESTAMP',
      'resolution_minutes INTEGER',
    ]);
  });

  it('describe dead letters by payload, reason, stage and time', () => {
    expect(tableColumns('dead_letter').map(({ name }) => name)).to.deep.equal([
      'payload',
      'reason',
      'stage',
      'dead_letter_time',
    ]);
  });

  for (const view of ['top_stocks', 'percentage_gain'] as const) {
    it(`render the view ${view} over any table`, () => {
      const query = viewQuery(view, '`p.iex.quote`');
      expect(query).to.include('FROM `p.iex.quote`').and.not.include('${');
    });
  }
});
