import { expect } from 'chai';
import { quoteMessageSchema } from 'iex-contract';
import { makeHistory } from 'iex-local/history';
import { createPrices } from 'iex-local/quote-simulator/prices';

describe('makeHistory', () => {
  const priceAt = createPrices(7);
  const start = Date.UTC(2026, 10, 25, 9, 30, 7, 123);
  const timesOf = ({ messages }: ReturnType<typeof makeHistory>) =>
    messages.map(({ json }) => Date.parse(json.event_time ?? ''));

  it('has a quote of each symbol every 10 s, up to the start', () => {
    const history = makeHistory(['A', 'B'], priceAt, start, 15);
    expect(history.minutes).to.equal(15);
    expect(history.messages).to.have.length(2 * 15 * 6);
    const times = timesOf(history);
    expect(Math.max(...times)).to.be.within(start - 15_000, start - 5000);
    expect(new Set(times).size).to.equal(90);
    expect(Math.max(...times) - Math.min(...times)).to.equal(89 * 10_000);
    for (const { json } of history.messages) quoteMessageSchema.parse(json);
  });

  it('has the prices that the simulator has at those times', () => {
    for (const { json } of makeHistory(['A', 'B'], priceAt, start, 2).messages) {
      expect(json.latest_price).to.equal(
        createPrices(7)(json.symbol, Date.parse(json.event_time!)),
      );
    }
  });

  it('has the same quotes, with the same ids, for a start soon after', () => {
    const first = makeHistory(['A'], priceAt, start, 15).messages;
    const second = makeHistory(['A'], priceAt, start + 8000, 15).messages;
    expect(second.slice(0, -1)).to.deep.equal(first.slice(1));
    const ids = new Set([...first, ...second].map(({ attributes }) => attributes.quote_id));
    expect(ids.size).to.equal(first.length + 1);
  });

  it('is shorter with many symbols, and empty for no minutes', () => {
    const symbols = Array.from({ length: 1000 }, (_, i) => `S${i}`);
    const { minutes, messages } = makeHistory(symbols, priceAt, start, 15);
    expect({ minutes, quotes: messages.length }).to.deep.equal({ minutes: 1, quotes: 9000 });
    expect(makeHistory(['A'], priceAt, start, 0)).to.deep.equal({ minutes: 0, messages: [] });
  });
});
