import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { forEachBounded, inChunks } from 'iex-function/lists';
import { rejection } from './rejection.js';

describe('inChunks', () => {
  for (const [items, size, sizes] of [
    [0, 3, []],
    [2, 3, [2]],
    [3, 3, [3]],
    [7, 3, [3, 3, 1]],
  ] as const) {
    it(`splits ${items} items by ${size}, in order`, () => {
      const list = [...Array(items).keys()];
      const chunks = inChunks(list, size);
      expect(chunks.map(({ length }) => length)).to.deep.equal(sizes);
      expect(chunks.flat()).to.deep.equal(list);
    });
  }
});

describe('forEachBounded', () => {
  for (const [items, limit, expected] of [
    [10, 3, 3],
    [2, 3, 2],
    [3, 3, 3],
    [5, 1, 1],
    [0, 3, 0],
  ] as const) {
    it(`works on ${items} items, at most ${limit} at a time`, async () => {
      const done: number[] = [];
      let running = 0;
      let most = 0;
      await forEachBounded([...Array(items).keys()], limit, async (item) => {
        most = Math.max(most, ++running);
        await turn();
        running--;
        done.push(item);
      });
      expect(done.toSorted((a, b) => a - b)).to.deep.equal([...Array(items).keys()]);
      expect(most).to.equal(expected);
    });
  }

  it('rejects with the first failure', async () => {
    const failure = new Error('no');
    const work = forEachBounded([1, 2], 2, async (item) => {
      if (item === 2) throw failure;
    });
    expect(await rejection(work)).to.equal(failure);
  });
});
