import { expect } from 'chai';
import { paginate } from 'iex-pubsub-emulator/resources/pagination';

const same = (name: string) => name;

describe('paginate', () => {
  const names = ['d', 'b', 'e', 'a', 'c'];

  it('returns everything in the order of names when no page size is given', () => {
    const result = paginate(names, same, { pageSize: 0, pageToken: '' });
    expect(result).to.deep.equal({ page: ['a', 'b', 'c', 'd', 'e'], nextPageToken: '' });
  });

  it('goes through all pages, the last one without a token', () => {
    const pages: string[][] = [];
    let pageToken = '';
    do {
      const { page, nextPageToken } = paginate(names, same, { pageSize: 2, pageToken });
      pages.push(page);
      pageToken = nextPageToken;
    } while (pageToken);
    expect(pages).to.deep.equal([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('has no token when the page size is exactly the number of items', () => {
    expect(paginate(names, same, { pageSize: 5, pageToken: '' }).nextPageToken).to.equal('');
  });

  it('skips and repeats nothing when an item is deleted between two pages', () => {
    const { nextPageToken } = paginate(names, same, { pageSize: 2, pageToken: '' });
    const remaining = names.filter((name) => name !== 'b');
    const { page } = paginate(remaining, same, { pageSize: 2, pageToken: nextPageToken });
    expect(page).to.deep.equal(['c', 'd']);
  });

  it('returns 1,000 items at most', () => {
    const many = Array.from({ length: 1_500 }, (_, i) => `name ${i}`);
    expect(paginate(many, same, { pageSize: 0, pageToken: '' }).page).to.have.lengthOf(1_000);
    expect(paginate(many, same, { pageSize: 9_999, pageToken: '' }).page).to.have.lengthOf(1_000);
  });

  it('accepts an empty list, and refuses a negative page size', () => {
    expect(paginate([], same, { pageSize: 3, pageToken: '' })).to.deep.equal({
      page: [],
      nextPageToken: '',
    });
    expect(() => paginate(names, same, { pageSize: -1, pageToken: '' })).to.throw('page size');
  });
});
