import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DuckDBConnection } from '@duckdb/node-api';
import { expect } from 'chai';
import fc from 'fast-check';
import { readDateTime } from 'iex-contract';
import { resolutions, viewQuery } from 'iex-contract/infrastructure';
import { type DeadLetter, runBatch } from 'iex-dataflow';
import {
  load,
  loadQuotes,
  openEngine,
  quoteBetween,
} from 'iex-test/support/bigquery-engine/database';
import { type PublishedMessage, writeMessage } from 'iex-test/support/bigquery-engine/subscription';
import { rowsOf } from 'iex-test/support/database';
import { skipTest } from 'iex-test/support/skip';

/** A day of real quotes, next to the repository if it is there. */
const REAL_DAY = fileURLToPath(
  new URL('../../../../shared/data/quotes-2013-10-07.jsonl', import.meta.url),
);

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const BASE = Date.UTC(2026, 10, 20, 15) * 1000;
/** All valid event times, and the ends of their windows. */
const ALL = [0, Date.UTC(2200, 0, 2) * 1000] as const;

/** An instant as an RFC 3339 date-time with microseconds. */
function dateTime(microseconds: number): string {
  const seconds = Math.floor(microseconds / SECOND);
  const fraction = String(microseconds - seconds * SECOND).padStart(6, '0');
  return new Date(seconds * 1000).toISOString().replace('000Z', `${fraction}Z`);
}

const good = { symbol: 'AAPL', latest_price: 150.25, event_time: dateTime(BASE) };
const text = (message: unknown) => Buffer.from(JSON.stringify(message));

/** One of every kind of message that the pipeline refuses. */
const REFUSED: Record<string, Uint8Array> = {
  'no payload': Buffer.from(''),
  'half a message': Buffer.from('{"symbol":'),
  'bytes that are not UTF-8': Uint8Array.of(0x7b, 0xff, 0xfe),
  'a list': text([good]),
  null: text(null),
  'a text': text('AAPL'),
  'other fields': text({ ticker: 'AAPL', price: 1 }),
  'no symbol': text({ ...good, symbol: undefined }),
  'a symbol that is null': text({ ...good, symbol: null }),
  'a symbol that is a number': text({ ...good, symbol: 5 }),
  'an empty symbol': text({ ...good, symbol: '' }),
  'a blank symbol': text({ ...good, symbol: ' \u2003\u00a0\u3000' }),
  'a symbol of a tab': text({ ...good, symbol: '\t' }),
  'a symbol of a byte order mark': text({ ...good, symbol: '\ufeff' }),
  'a zero character in the symbol': text({ ...good, symbol: 'A\u0000' }),
  'an escape sequence in the symbol': text({ ...good, symbol: 'A\u001b[31m' }),
  'a soft hyphen in the symbol': text({ ...good, symbol: 'A\u00adB' }),
  'a character of private use in the symbol': text({ ...good, symbol: 'A\ue000' }),
  'a symbol that is too long': text({ ...good, symbol: '🚀'.repeat(257) }),
  'a long symbol with control characters': text({ ...good, symbol: '\n'.repeat(257) }),
  'no price': text({ ...good, latest_price: undefined }),
  'a price that is null': text({ ...good, latest_price: null }),
  'a price that is text': text({ ...good, latest_price: '1.5' }),
  'a price of zero': text({ ...good, latest_price: 0 }),
  'a negative price': text({ ...good, latest_price: -1e-7 }),
  'a price below the lowest': text({ ...good, latest_price: 9.999999999e-13 }),
  'the smallest number': text({ ...good, latest_price: 5e-324 }),
  'a price of a billion': text({ ...good, latest_price: 1e9 }),
  'a price of many digits': Buffer.from('{"symbol":"A","latest_price":123456789012345678901}'),
  'an infinite price': Buffer.from('{"symbol":"A","latest_price":1e999}'),
  'a symbol and a price': text({ symbol: ' ', latest_price: -5 }),
  'an event time that is text': text({ ...good, event_time: 'yesterday' }),
  'a day that does not exist': text({ ...good, event_time: '2026-02-30T00:00:00Z' }),
  'a minute that does not exist': text({ ...good, event_time: '2026-02-03T00:60:00Z' }),
  'an event time before 1970': text({ ...good, event_time: '1969-12-31T23:59:59.999999Z' }),
  'an event time too early': text({ ...good, event_time: '1970-01-01T23:59:59.999999Z' }),
  'an event time too late': text({ ...good, event_time: '2200-01-01T00:00:00.000001Z' }),
};

/** Valid messages at the bounds of the rules. */
const VALID: Record<string, Uint8Array> = {
  'further fields': text({ ...good, volume: 7, nested: { symbol: 5 } }),
  'a name from a file': text({ ...good, symbol: 'Müller, AG' }),
  'a symbol of 256 characters': text({ ...good, symbol: 'A'.repeat(256) }),
  'a symbol of 256 characters beyond U+FFFF': text({ ...good, symbol: '🚀'.repeat(256) }),
  'a character that Unicode does not assign': text({ ...good, symbol: 'A\u0378' }),
  'the lowest price': text({ ...good, latest_price: 1e-12 }),
  'the highest price': text({ ...good, latest_price: 999_999_999.9999999 }),
  'a price with an exponent': Buffer.from('{"symbol":"A","latest_price":1.5E+2}'),
  'the earliest event time': text({ ...good, event_time: '1970-01-02T00:00:00Z' }),
  'the latest event time': text({ ...good, event_time: '2200-01-01T00:00:00Z' }),
  'an offset': text({ ...good, event_time: '2026-11-20T10:00:00.5-05:00' }),
};

/**
 * What only one of the engines accepts, by Google's documentation of the subscription. The other
 * one keeps it as a dead letter. docs/infrastructure.md lists the same.
 */
const ACCEPTED_BY_ONE: Record<'bigquery' | 'dataflow', Record<string, Uint8Array>> = {
  bigquery: {
    'an event time that is null': text({ ...good, event_time: null }),
    'an event time without an offset': text({ ...good, event_time: '2026-11-20T15:00:00' }),
    'an event time with a space': text({ ...good, event_time: '2026-11-20 15:00:00Z' }),
    'an event time that is a day': text({ ...good, event_time: '2026-11-20' }),
    'an event time in microseconds': text({ ...good, event_time: BASE }),
  },
  dataflow: {
    'an event time with nanoseconds': text({ ...good, event_time: '2026-11-20T15:00:00.1234567Z' }),
    'a leap second': text({ ...good, event_time: '2016-12-31T23:59:60Z' }),
    'an offset of 15 hours': text({ ...good, event_time: '2026-11-21T06:00:00+15:00' }),
  },
};

/** The ID by which a repeated delivery is recognised, as in the local run. */
const idOf = ({ attributes, messageId }: PublishedMessage) =>
  attributes.quote_id || `message:${messageId}`;

/** The messages through Beam's pipeline, each quote once. */
function throughBeam(messages: readonly PublishedMessage[]) {
  const inOrder = messages.toSorted((a, b) => a.publishTime - b.publishTime);
  const first = new Map([...inOrder].reverse().map((message) => [idOf(message), message]));
  return runBatch(
    [...first.values()].map(({ data, publishTime }) => ({
      payload: data,
      publishTime: Math.floor(publishTime / 1000),
    })),
    resolutions,
  );
}

/** What identifies a refused message, whether it is kept whole or by its columns. */
function refusalKey({ payload, stage }: Pick<DeadLetter, 'payload' | 'stage'>): string {
  if (stage !== 'validate') return `${stage} ${payload}`;
  const json = JSON.parse(payload);
  const { symbol, latest_price, event_time } = json ?? {};
  const isTick = typeof symbol === 'string' && typeof latest_price === 'number';
  const time =
    event_time === undefined
      ? null
      : readDateTime(String(event_time).replace(' ', 'T').replace(/\+00$/, 'Z'));
  return isTick && time !== undefined
    ? `validate ${JSON.stringify([symbol, latest_price, time])}`
    : `validate ${payload}`;
}

describe('the two window engines', () => {
  let connection: DuckDBConnection;

  before(async () => {
    connection = await openEngine();
  });

  after(() => connection.closeSync());

  const countOf = async (sql: string) =>
    (await rowsOf<{ n: number }>(connection, `SELECT COUNT(*) AS n FROM (${sql})`))[0]!.n;

  /** Expects the same rows, in any order. */
  async function expectSame(one: string, other: string, what: string) {
    const difference = await rowsOf(
      connection,
      `SELECT * EXCLUDE side, SUM(side) AS more
       FROM (SELECT *, 1 AS side FROM (${one}) UNION ALL SELECT *, -1 FROM (${other}))
       GROUP BY ALL HAVING SUM(side) <> 0 LIMIT 3`,
    );
    expect(difference, what).to.deep.equal([]);
  }

  /** Sends messages through both engines, and expects the same rows, views and refusals. */
  async function compare(messages: readonly PublishedMessage[]) {
    const { rows, deadLetters } = await throughBeam(messages);
    await loadQuotes(connection, 'beam_quote', rows);
    await load(connection, messages.map(writeMessage));
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE sql_quote AS SELECT * FROM ${quoteBetween(...ALL)}`,
    );
    await expectSame('SELECT * FROM sql_quote', 'SELECT * FROM beam_quote', 'rows');
    for (const view of ['top_stocks', 'percentage_gain'] as const) {
      const of = (table: string) => `SELECT * FROM (${viewQuery(view, table)})`;
      await expectSame(of('sql_quote'), of('beam_quote'), view);
    }
    const refused = await rowsOf<DeadLetter>(connection, 'SELECT payload, stage FROM dead_letter');
    const keys = (all: typeof refused) => [...new Set(all.map(refusalKey))].sort();
    expect(keys(refused)).to.deep.equal(keys(deadLetters));
    return { rows, deadLetters };
  }

  let published = 0;
  /** A message, published later than all before it. */
  function publish(data: Uint8Array, attributes: Record<string, string> = {}, at = BASE) {
    const number = ++published;
    return { data, attributes, messageId: String(number), publishTime: at + number * 1001 };
  }

  it('make rows of the same messages', async () => {
    const messages = Object.values(VALID).map((data) => publish(data));
    const { rows, deadLetters } = await compare(messages);
    expect(rows).to.have.lengthOf(126 * messages.length);
    expect(deadLetters).to.deep.equal([]);
  });

  it('refuse the same messages, for the same reasons if the columns have them', async () => {
    const messages = Object.values(REFUSED).map((data) => publish(data));
    const { deadLetters } = await compare(messages);
    expect(deadLetters).to.have.lengthOf(messages.length);
    const reasons = new Map(deadLetters.map((one) => [refusalKey(one), one.reason]));
    const refused = await rowsOf<DeadLetter>(
      connection,
      "SELECT * FROM dead_letter WHERE regexp_matches(reason, '^(symbol|latest_price|event_time): (is|has|must|before|after) ')",
    );
    expect(refused).to.have.length.above(15);
    for (const one of refused) expect(one.reason).to.equal(reasons.get(refusalKey(one)));
  });

  it('keep what BigQuery cannot write whole', async () => {
    const data = text({ ...good, symbol: 5, note: 'x'.repeat(70_000) });
    await load(connection, [writeMessage(publish(data))]);
    const [row] = await rowsOf<DeadLetter>(connection, 'SELECT * FROM dead_letter');
    expect(row).to.include({ payload: data.toString(), stage: 'validate' });
    expect(row?.reason).to.equal('symbol: cannot be converted to STRING');
  });

  for (const [engine, accepted] of Object.entries(ACCEPTED_BY_ONE)) {
    for (const [what, data] of Object.entries(accepted)) {
      it(`differ on ${what}, which ${engine} accepts`, async () => {
        const message = publish(data);
        const { rows, deadLetters } = await throughBeam([message]);
        await load(connection, [writeMessage(message)]);
        const counts = {
          dataflow: [rows.length, deadLetters.length],
          bigquery: [
            await countOf(`FROM ${quoteBetween(...ALL)}`),
            await countOf('FROM dead_letter'),
          ],
        };
        const other = engine === 'bigquery' ? 'dataflow' : 'bigquery';
        expect(counts).to.deep.equal({ [engine]: [126, 0], [other]: [0, 1] });
      });
    }
  }

  it('differ on the stage of half a character, which is not JSON for BigQuery', async () => {
    const message = publish(text({ ...good, symbol: 'A\ud800' }));
    const { deadLetters } = await throughBeam([message]);
    await load(connection, [writeMessage(message)]);
    const refused = await rowsOf<DeadLetter>(connection, 'FROM dead_letter');
    expect([...deadLetters, ...refused].map(({ stage }) => stage)).to.deep.equal([
      'validate',
      'parse',
    ]);
  });

  it('count a quote once that was requested twice', async () => {
    const attributes = { quote_id: '77/AAPL/1' };
    const first = publish(text(good), attributes);
    const second = publish(
      text({ ...good, latest_price: 151, event_time: dateTime(BASE + MINUTE) }),
      attributes,
    );
    const { rows } = await compare([second, first]);
    expect(new Set(rows.map(({ latest_price }) => latest_price))).to.deep.equal(new Set([150.25]));
    // The first one lies in none of the windows that end after its last.
    const [from, to] = [BASE + 15 * MINUTE + 6 * SECOND, BASE + 20 * MINUTE];
    expect(await countOf(`FROM ${quoteBetween(from, to)}`)).to.equal(0);
  });

  it('count the delivery that was published first, also if it was observed later', async () => {
    const attributes = { quote_id: '77/AAPL/2' };
    const later = text({ ...good, event_time: dateTime(BASE + MINUTE) });
    await compare([publish(later, attributes), publish(text(good), attributes)]);
    expect(await countOf(`FROM ${quoteBetween(BASE, BASE + MINUTE)}`)).to.equal(0);
  });

  it('have the windows that end between two times, both inclusive', async () => {
    await load(connection, [writeMessage(publish(text(good)))]);
    const end = BASE + 5 * SECOND;
    for (const [from, to, rows] of [
      // One of each resolution.
      [end, end, 3],
      [end - 1, end + 1, 3],
      [end, end + 10 * SECOND, 6],
      [end + 1, end + 10 * SECOND - 1, 0],
    ] as const) {
      expect(await countOf(`FROM ${quoteBetween(from, to)}`), `${from} ${to}`).to.equal(rows);
    }
  });

  it('show the recent past in the view quote, with the windows that are still open', async () => {
    const now = Date.now() * 1000;
    const hours = [0, 23, 25].map((hour) => now - hour * 60 * MINUTE);
    const messages = hours.map((instant, i) =>
      publish(text({ ...good, symbol: `S${i}`, event_time: dateTime(instant) })),
    );
    await load(connection, messages.map(writeMessage));
    const counts = await rowsOf(
      connection,
      'SELECT symbol, COUNT(*) AS n FROM quote GROUP BY ALL ORDER BY ALL',
    );
    expect(counts).to.deep.equal([
      { symbol: 'S0', n: 126 },
      { symbol: 'S1', n: 126 },
    ]);
  });

  for (const offset of [-1, 0, 1]) {
    it(`agree ${offset} µs from the edge of a window`, async () => {
      const instants = [0, 5, 10, 15, 55, 60].map((second) => BASE + second * SECOND + offset);
      const messages = instants.map((instant) =>
        publish(text({ ...good, event_time: dateTime(instant) })),
      );
      const { rows } = await compare(messages);
      expect(rows).to.have.lengthOf(126 * instants.length);
    });
  }

  const symbol = fc.constantFrom('A', 'B', 'C', '^GSPC', '株式');
  const price = fc.oneof(
    fc.constantFrom(10, 10.1, 33.33, 1e-9),
    fc.double({ min: 1, max: 1e6, noNaN: true }),
  );
  /** Deliveries of one quote are at most 10 minutes apart, so that both engines recognise them. */
  const instant = fc.oneof(
    fc
      .tuple(fc.integer({ min: 0, max: 118 }), fc.constantFrom(-1, 0, 1, 999))
      .map(([period, offset]) => BASE + period * 5 * SECOND + offset),
    fc.integer({ min: BASE, max: BASE + 590 * SECOND }),
  );
  const windowFrom = fc.oneof(
    instant,
    fc.integer({ min: BASE - 5 * MINUTE, max: BASE + 30 * MINUTE }),
  );
  const attributes = fc.oneof(
    fc.constant({}),
    fc.constant({ quote_id: '' }),
    fc.integer({ min: 0, max: 30 }).map((id) => ({ quote_id: `77/A/${id}`, other: '"{' })),
  );
  /** Data, attributes, and publish time in microseconds. */
  const delivery = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(
        fc
          .record({ symbol, latest_price: price, event_time: instant.map(dateTime) })
          .map((message) => text(message)),
        attributes,
        instant,
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(
        fc.record({ symbol, latest_price: price }).map((message) => text(message)),
        attributes,
        instant,
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constantFrom(...Object.values(REFUSED), ...Object.values(VALID)),
        fc.constant({}),
        instant,
      ),
    },
  );

  it('agree on messages out of order, repeated, late and bad', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(delivery, { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        windowFrom,
        async (deliveries, repeats, from) => {
          const once = deliveries.map(([data, attributes, at]) => publish(data, attributes, at));
          // Pub/Sub delivers a message again as it was.
          const messages = [...once, ...repeats.map((i) => once[i % once.length]!)];
          const { rows } = await compare(messages);
          const to = from + 3 * MINUTE;
          const inside = rows.filter(({ window_end }) => window_end >= from && window_end <= to);
          await loadQuotes(connection, 'beam_quote', inside);
          await expectSame(`FROM ${quoteBetween(from, to)}`, 'FROM beam_quote', 'between');
        },
      ),
      { numRuns: 10 },
    );
  });

  it('agree on real quotes', async function () {
    if (!existsSync(REAL_DAY)) skipTest(this, 'the quotes are not there');
    const lines = readFileSync(REAL_DAY, 'utf8').split('\n', 400);
    await compare(lines.map((line) => publish(Buffer.from(line))));
    expect(await countOf('FROM sql_quote')).to.equal(126 * lines.length);
  });
});
