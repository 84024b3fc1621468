import { expect } from 'chai';
import fc from 'fast-check';
import { quoteIds } from 'iex-local/publish/quote-ids';

const idsOf = (digests: readonly bigint[]) => {
  const nextId = quoteIds();
  return digests.map((digest) => nextId(digest));
};

describe('quoteIds', () => {
  // Few digests, of which many are equal or differ only in their high bits.
  const digest = fc
    .tuple(fc.nat(3), fc.nat(3))
    .map(([high, low]) => (BigInt(high) << 120n) + BigInt(low));

  it('gives each record of a file another id', () => {
    fc.assert(
      fc.property(fc.array(digest), (digests) => {
        expect(new Set(idsOf(digests)).size).to.equal(digests.length);
      }),
    );
  });

  it('gives the records of a longer file the same ids', () => {
    fc.assert(
      fc.property(fc.array(digest), fc.array(digest), (digests, more) => {
        expect(idsOf([...digests, ...more]).slice(0, digests.length)).to.deep.equal(idsOf(digests));
      }),
    );
  });

  it('numbers a record that is there once 1, whatever else there is', () => {
    expect(idsOf([5n, 6n, 7n])).to.deep.equal(
      ['5', '6', '7'].map((digest) => `replay/${digest.padStart(32, '0')}/1`),
    );
  });
});
