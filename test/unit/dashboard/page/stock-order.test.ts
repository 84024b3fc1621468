import { expect } from 'chai';
import { nextSort, orderStocks, type Sort, visibleRows } from 'iex-dashboard/page/stock-order';

const STOCKS = [
  stock('B10', 5, null, null),
  stock('b2', 9, -1, 2),
  stock('A', 7, 3, 1),
  stock('C', 7, 0, null),
];

function stock(symbol: string, price: number, percentageGain: number | null, rank: number | null) {
  return { symbol, price, percentageGain, rank, meanPrice: null, previousRank: null };
}

function order(sort: Sort, filter = ''): string[] {
  return orderStocks(STOCKS, sort, filter).map(({ symbol }) => symbol);
}

describe('the order of the stocks', () => {
  it('is by symbol in natural order', () => {
    expect(order({ key: 'symbol', descending: false })).to.eql(['A', 'b2', 'B10', 'C']);
    expect(order({ key: 'symbol', descending: true })).to.eql(['C', 'B10', 'b2', 'A']);
  });

  it('is by symbol among equals', () => {
    expect(order({ key: 'price', descending: true })).to.eql(['b2', 'A', 'C', 'B10']);
  });

  it('has stocks without a value last, in both directions', () => {
    expect(order({ key: 'gain', descending: true })).to.eql(['A', 'C', 'b2', 'B10']);
    expect(order({ key: 'gain', descending: false })).to.eql(['b2', 'C', 'A', 'B10']);
    expect(order({ key: 'rank', descending: false })).to.eql(['A', 'b2', 'B10', 'C']);
  });

  it('leaves out symbols that do not match the filter, ignoring case', () => {
    expect(order({ key: 'symbol', descending: false }, ' B ')).to.eql(['b2', 'B10']);
    expect(order({ key: 'symbol', descending: false }, 'xyz')).to.eql([]);
  });

  it('is reversed by a click on the same column, and starts with the most interesting on another', () => {
    const bySymbol = { key: 'symbol', descending: false } as const;
    expect(nextSort(bySymbol, 'symbol')).to.eql({ key: 'symbol', descending: true });
    expect(nextSort(bySymbol, 'gain')).to.eql({ key: 'gain', descending: true });
    expect(nextSort(bySymbol, 'rank')).to.eql({ key: 'rank', descending: false });
  });
});

describe('the visible rows', () => {
  const view = { height: 100, rowHeight: 10 };

  it('are the rows in view and five on either side', () => {
    expect(visibleRows({ ...view, scrollTop: 500 }, 1000)).to.eql({ from: 45, to: 65 });
  });

  it('end with the list', () => {
    expect(visibleRows({ ...view, scrollTop: 0 }, 1000)).to.eql({ from: 0, to: 15 });
    expect(visibleRows({ ...view, scrollTop: 9_900 }, 1000)).to.eql({ from: 985, to: 1000 });
    expect(visibleRows({ ...view, scrollTop: 0 }, 0)).to.eql({ from: 0, to: 0 });
  });

  it('are empty if the list became shorter than the scroll position', () => {
    expect(visibleRows({ ...view, scrollTop: 9_900 }, 3)).to.eql({ from: 3, to: 3 });
  });
});
