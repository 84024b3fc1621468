import 'apache-beam';
import { MetricsContainer } from 'apache-beam/worker/metrics';
import { ProcessResultBuilder } from 'apache-beam/worker/operators';
import { expect } from 'chai';
import { type Message, type QuoteRow, runBatch } from 'iex-dataflow';
import { referenceRows } from 'iex-test/support/reference';

const RESOLUTIONS = [1, 5, 15];

function message(symbol: string, price: number, eventTime: number): Message {
  const json = { symbol, latest_price: price, event_time: new Date(eventTime).toISOString() };
  return { payload: Buffer.from(JSON.stringify(json)) };
}

/** A row in milliseconds, as text, so that sets of rows compare whatever their order. */
function toText(row: QuoteRow): string {
  const { symbol, latest_price, window_end, event_time, resolution_minutes } = row;
  return [symbol, latest_price, window_end / 1000, event_time / 1000, resolution_minutes].join();
}

describe('runBatch', () => {
  const full = Date.UTC(2026, 10, 22, 9, 0, 0);
  const instants = [0, 1, 4_999, 5_000, 5_001, 9_999, 10_000, 14_999, 15_000, 59_999];
  for (const offset of instants) {
    it(`puts a quote at ${offset} ms into the 6, 30 and 90 windows that hold it`, async () => {
      const eventTime = full + offset;
      const { rows } = await runBatch([message('AAPL', 1.5, eventTime)], RESOLUTIONS);
      for (const resolution of RESOLUTIONS) {
        const own = rows.filter((row) => row.resolution_minutes === resolution);
        expect(own).to.have.length(6 * resolution);
        expect(new Set(own.map(({ window_end }) => window_end))).to.have.property(
          'size',
          own.length,
        );
        for (const { window_end } of own) {
          const end = window_end / 1000;
          expect(end % 10_000).to.equal(5_000);
          expect(eventTime).to.be.within(end - resolution * 60_000, end - 1);
        }
      }
    });
  }

  it('makes the rows of the definition, whatever the order of the quotes', async () => {
    const quotes = Array.from({ length: 200 }, (_, i) => ({
      symbol: `S${i % 7}`,
      latest_price: 1 + (i % 50) / 100,
      eventTime: full + ((i * 7919) % 1_000_003),
    }));
    const { rows, deadLetters } = await runBatch(
      quotes.map(({ symbol, latest_price, eventTime }) => message(symbol, latest_price, eventTime)),
      RESOLUTIONS,
    );
    const expected = referenceRows(quotes, RESOLUTIONS).map((row) =>
      [row.symbol, row.latest_price, row.windowEnd, row.eventTime, row.resolution].join(),
    );
    expect(rows.map(toText).sort()).to.deep.equal(expected.sort());
    expect(deadLetters).to.deep.equal([]);
  });

  it('keeps the microseconds of an event time and windows it by its instant', async () => {
    const payload = Buffer.from(
      '{"symbol":"A","latest_price":1,"event_time":"2026-11-22T09:00:04.999999Z"}',
    );
    const { rows } = await runBatch([{ payload }], [1]);
    expect(rows.map(({ event_time }) => event_time)).to.include((full + 4_999) * 1000 + 999);
    const ends = rows.map(({ window_end }) => window_end / 1000);
    expect(Math.min(...ends)).to.equal(full + 5_000);
  });

  it('counts a message without event time with its publish time', async () => {
    const payload = Buffer.from('{"symbol":"A","latest_price":1}');
    const { rows } = await runBatch([{ payload, publishTime: full + 7 }], [1]);
    expect(new Set(rows.map(({ event_time }) => event_time))).to.deep.equal(
      new Set([(full + 7) * 1000]),
    );
  });

  it('separates bad messages from good ones', async () => {
    const bad = { payload: Buffer.from('nonsense') };
    const { rows, deadLetters } = await runBatch([bad, message('A', 1, full), bad], [5]);
    expect(rows).to.have.length(30);
    expect(deadLetters.map(({ payload }) => payload)).to.deep.equal(['nonsense', 'nonsense']);
  });

  it('makes nothing from an empty batch', async () => {
    expect(await runBatch([], RESOLUTIONS)).to.deep.equal({ rows: [], deadLetters: [] });
  });

  it('does nothing for each row that it can do once', async () => {
    const calls = { getMetric: 0, build: 0 };
    const { getMetric } = MetricsContainer.prototype;
    const { build } = ProcessResultBuilder.prototype;
    MetricsContainer.prototype.getMetric = function (...args) {
      calls.getMetric += 1;
      return getMetric.apply(this, args);
    };
    ProcessResultBuilder.prototype.build = function () {
      calls.build += 1;
      return build.call(this);
    };
    try {
      const { rows } = await runBatch([message('A', 1, full), message('B', 1, full)], [15]);
      expect(rows).to.have.length(180);
    } finally {
      Object.assign(MetricsContainer.prototype, { getMetric });
      Object.assign(ProcessResultBuilder.prototype, { build });
    }
    expect(calls.getMetric).to.be.below(100);
    expect(calls.build).to.be.below(100);
  });

  it('is not affected by a batch whose sink failed', async () => {
    const refuse = () => {
      throw new Error('full');
    };
    const sink = { rows: { push: refuse }, deadLetters: [] };
    const failing = runBatch([message('A', 1, full)], [3], sink);
    expect(await failing.catch((error: Error) => error.message)).to.equal('full');
    const { rows } = await runBatch([message('B', 1, full)], [3]);
    expect(rows.map(({ symbol }) => symbol)).to.deep.equal(new Array(18).fill('B'));
  });

  it('separates batches that run at the same time', async () => {
    const batches = ['A', 'B', 'C'].map((symbol) => [message(symbol, 1, full)]);
    const outputs = await Promise.all(batches.map((batch) => runBatch(batch, [1])));
    const symbols = outputs.map(({ rows }) => [...new Set(rows.map(({ symbol }) => symbol))]);
    expect(symbols).to.deep.equal([['A'], ['B'], ['C']]);
  });
});
