import { expect } from 'chai';
import fc from 'fast-check';
import { Fifo } from 'iex-pubsub-emulator/subscriptions/fifo';

describe('Fifo', () => {
  it('returns items in the order in which they were added', () => {
    const fifo = new Fifo<string>();
    fifo.push('a');
    fifo.push('b');
    expect(fifo.peek()).to.equal('a');
    expect([fifo.shift(), fifo.shift(), fifo.shift()]).to.deep.equal(['a', 'b', undefined]);
  });

  it('behaves like an array over thousands of operations', () => {
    const bursts = fc.array(fc.integer({ min: -3_000, max: 3_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(bursts, (counts) => {
        const fifo = new Fifo<number>();
        const model: number[] = [];
        let next = 0;
        for (const count of counts) {
          for (let i = 0; i < count; i++) {
            fifo.push(next);
            model.push(next++);
          }
          for (let i = count; i < 0; i++) expect(fifo.shift()).to.equal(model.shift());
          expect(fifo.size).to.equal(model.length);
          expect(fifo.peek()).to.equal(model[0]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is empty after clear', () => {
    const fifo = new Fifo<number>();
    fifo.push(1);
    fifo.clear();
    expect(fifo.size).to.equal(0);
    expect(fifo.shift()).to.equal(undefined);
  });

  it('shows its items and removes the oldest of them by a test', () => {
    const fifo = new Fifo<number>();
    for (let i = 0; i < 3_000; i++) fifo.push(i);
    expect(fifo.shiftWhile((item) => item < 2_000)).to.equal(2_000);
    expect(fifo.shiftWhile((item) => item < 1_000)).to.equal(0);
    expect([fifo.at(0), fifo.at(999), fifo.at(1_000), fifo.at(-1)]).to.deep.equal([
      2_000,
      2_999,
      undefined,
      undefined,
    ]);
    expect([...fifo]).to.deep.equal(Array.from({ length: 1_000 }, (_, i) => i + 2_000));
    expect(fifo.shiftWhile(() => true)).to.equal(1_000);
    expect(fifo.size).to.equal(0);
  });
});
