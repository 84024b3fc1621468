import { expect } from 'chai';
import { OperationalError } from 'iex-cli';
import { rowsPerQuote } from 'iex-contract';
import { MOST_ROWS, messagesPerTransaction } from 'iex-local/store/row-limit';

describe('how many messages fit into a transaction', () => {
  for (const [resolutions, atMost, expected] of [
    [[1, 5, 15], 1000, 975],
    [[1, 5, 15], 300, 300],
    [[60], 1000, 341],
    [[1440], 1000, 14],
    [[1, 5, 15, 60, 1440], 1000, 13],
  ] as const) {
    it(`is ${expected} for ${resolutions} minutes, at most ${atMost}`, () => {
      expect(messagesPerTransaction(resolutions, atMost)).to.equal(expected);
      expect(expected * rowsPerQuote(resolutions)).to.be.at.most(MOST_ROWS);
    });
  }

  it('is said to be none for resolutions in which a single quote makes too many rows', () => {
    const resolutions = Array.from({ length: 15 }, (_, i) => 1440 - i);
    expect(() => messagesPerTransaction(resolutions, 1000)).to.throw(
      OperationalError,
      /15 lengths make 128970 rows of each quote, .* choose fewer or shorter windows$/,
    );
    expect(messagesPerTransaction(resolutions.slice(1), 1000)).to.equal(1);
  });
});
