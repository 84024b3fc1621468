import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { type BatchOutput, runBatch } from 'iex-dataflow';
import { Store, StoreError } from 'iex-local/store/store';
import type { StoreWriter } from 'iex-local/store/writer';
import { queryDatabase, rowsOf } from 'iex-test/support/database';
import { temporaryFolder } from 'iex-test/support/folder';

const CRASHING_WRITER = fileURLToPath(new URL('../../support/crashing-writer.ts', import.meta.url));

describe('Store', () => {
  const folder = temporaryFolder();
  let file: string;
  let store: Store;
  let writer: StoreWriter;
  let files = 0;

  beforeEach(async () => {
    file = join(folder, `${++files}.duckdb`);
    store = await Store.open(file);
    writer = await store.writer();
  });
  afterEach(() => {
    writer.close();
    store.close();
  });

  const message = (id: string, symbol = 'A') => ({
    id,
    payload: Buffer.from(
      JSON.stringify({ symbol, latest_price: 1.5, event_time: '2026-11-22T09:00:00.000001Z' }),
    ),
  });
  const commit = (source: string, messages: ReturnType<typeof message>[]) =>
    writer.commit(source, messages, (fresh) => runBatch(fresh, [1]));
  const count = async (table: string) => {
    const connection = await store.connect();
    const [row] = await rowsOf<{ n: number }>(connection, `SELECT count(*) n FROM iex.${table}`);
    connection.closeSync();
    return row?.n;
  };

  it('keeps every value unchanged', async () => {
    await commit('s', [message('1')]);
    const connection = await store.connect();
    const rows = await rowsOf(
      connection,
      'SELECT symbol, latest_price, epoch_us(event_time) t, resolution_minutes FROM iex.quote LIMIT 1',
    );
    connection.closeSync();
    expect(rows).to.deep.equal([
      {
        symbol: 'A',
        latest_price: 1.5,
        t: Date.UTC(2026, 10, 22, 9) * 1000 + 1,
        resolution_minutes: 1,
      },
    ]);
  });

  it('keeps dead letters', async () => {
    await commit('s', [{ id: '1', payload: Buffer.from('nonsense') }]);
    const connection = await store.connect();
    const rows = await rowsOf(connection, 'SELECT payload, stage FROM iex.dead_letter');
    connection.closeSync();
    expect(rows).to.deep.equal([{ payload: 'nonsense', stage: 'parse' }]);
  });

  it('keeps texts of every length, and whatever they contain', async () => {
    const texts = [
      '',
      'a',
      'x'.repeat(12),
      'x'.repeat(13),
      'ü'.repeat(6),
      'ü'.repeat(7),
      'a\0b',
      '😀',
    ];
    texts.push('long enough for a heap \0 and more', 'y'.repeat(70_000));
    // The same text in many rows, and more rows than a chunk holds.
    const deadLetters = Array.from({ length: 3000 }, (_, i) => ({
      payload: texts[i % texts.length]!,
      reason: `r${i}`,
      stage: 'parse' as const,
      dead_letter_time: 0 - i,
    }));
    await writer.commitLines([{ digest: 1n }], { rows: [], deadLetters });
    const connection = await store.connect();
    const rows = await rowsOf(
      connection,
      'SELECT payload, reason, stage, epoch_us(dead_letter_time)::INT dead_letter_time FROM iex.dead_letter',
    );
    connection.closeSync();
    expect(rows).to.have.deep.members(deadLetters);
  });

  it('accepts more rows than a chunk holds', async () => {
    const messages = Array.from({ length: 1000 }, (_, i) => message(String(i)));
    await commit('s', messages);
    expect(await count('quote')).to.equal(6000);
  });

  it('counts a message once, within a batch and between batches', async () => {
    const first = await commit('s', [message('1'), message('2'), message('1')]);
    expect(first.messages.map(({ id }) => id)).to.deep.equal(['1', '2']);
    const second = await commit('s', [message('2'), message('3')]);
    expect(second.messages.map(({ id }) => id)).to.deep.equal(['3']);
    expect(await count('quote')).to.equal(18);
  });

  it('counts a message once for each source', async () => {
    await commit('s', [message('1')]);
    await commit('t', [message('1')]);
    expect(await count('quote')).to.equal(12);
  });

  it('commits nothing of a batch that fails, and accepts it again', async () => {
    const failing = writer.commit('s', [message('1')], () => Promise.reject(new Error('no')));
    expect(await failing.catch((error: Error) => error.message)).to.equal('no');
    expect(await count('quote')).to.equal(0);
    await commit('s', [message('1')]);
    expect(await count('quote')).to.equal(6);
  });

  it('commits nothing of a batch whose rows do not fit', async () => {
    const row = {
      symbol: null as unknown as string,
      latest_price: 1,
      window_end: 0,
      event_time: 0,
    };
    const output: BatchOutput = { rows: [{ ...row, resolution_minutes: 1 }], deadLetters: [] };
    const failing = writer.commit('s', [message('1')], async () => output);
    expect(await failing.catch((error: Error) => error.message)).to.match(
      /symbol is a NOT NULL STRING/,
    );
    await commit('s', [message('1')]);
    expect(await count('quote')).to.equal(6);
  });

  it('lets writers of different sources commit at the same time', async () => {
    const other = await store.writer();
    const batches = Array.from({ length: 10 }, (_, i) => [message(`${i}`)]);
    await Promise.all([
      (async () => {
        for (const batch of batches) await commit('s', batch);
      })(),
      (async () => {
        for (const batch of batches) await other.commit('t', batch, (f) => runBatch(f, [1]));
      })(),
    ]);
    other.close();
    expect(await count('quote')).to.equal(120);
  });

  it('keeps its rows when it is opened again, and adds to them', async () => {
    await commit('s', [message('1')]);
    writer.close();
    store.close();
    store = await Store.open(file);
    writer = await store.writer();
    await commit('s', [message('1'), message('2')]);
    expect(await count('quote')).to.equal(12);
  });

  it('refuses more rows at once than DuckDB commits whole', async () => {
    const messages = Array.from({ length: 1366 }, (_, i) => message(String(i)));
    const failing = writer.commit('s', messages, (fresh) => runBatch(fresh, [15]));
    expect(await failing.catch((error: Error) => error.message)).to.match(
      /122940 rows are too many/,
    );
    expect(await count('quote')).to.equal(0);
  });

  it('deletes the ids of messages that cannot be delivered again, and no others', async () => {
    await commit('s', [message('1'), message('3')]);
    await commit('t', [message('1')]);
    const connection = await store.connect();
    await connection.run(
      "UPDATE local.delivered_message SET committed_at = now() - INTERVAL 1 DAY WHERE source = 's' AND message_id = '1'",
    );
    const later = await store.writer();
    await later.commit('s', [message('2')], (fresh) => runBatch(fresh, [1]));
    later.close();
    const left = await rowsOf(connection, 'SELECT source, message_id FROM local.delivered_message');
    connection.closeSync();
    expect(left).to.have.deep.members([
      { source: 't', message_id: '1' },
      { source: 's', message_id: '2' },
      { source: 's', message_id: '3' },
    ]);
    await commit('t', [message('1')]);
    expect(await count('quote')).to.equal(24);
  });

  it('forgets the old ids of former emulators when it is opened, but no lines of files', async () => {
    await commit('former@1', [message('1'), message('2')]);
    await commit('replay', [message('1')]);
    const connection = await store.connect();
    await connection.run(
      "UPDATE local.delivered_message SET committed_at = now() - INTERVAL 1 DAY WHERE message_id = '1'",
    );
    connection.closeSync();
    writer.close();
    store.close();
    store = await Store.open(file);
    writer = await store.writer();
    const reading = await store.connect();
    const left = await rowsOf(reading, 'SELECT source, message_id FROM local.delivered_message');
    reading.closeSync();
    expect(left).to.have.deep.members([
      { source: 'former@1', message_id: '2' },
      { source: 'replay', message_id: '1' },
    ]);
  });

  describe('after a crash during a commit', () => {
    const path = join(folder, 'torn.duckdb');
    const log = `${path}.wal`;

    before(async function () {
      this.timeout(60_000);
      const crashing = spawn(process.execPath, ['--import', 'tsx', CRASHING_WRITER, path], {
        stdio: 'inherit',
      });
      expect((await once(crashing, 'exit'))[1]).to.equal('SIGKILL');
    });

    // The write-ahead log is written piece by piece, so it may end anywhere.
    for (const missing of [1, 8, 21, 22, 1000, 100_000]) {
      it(`has all of a batch or nothing of it if ${missing} bytes of the log are missing`, async () => {
        const torn = join(folder, `torn-${missing}.duckdb`);
        copyFileSync(path, torn);
        copyFileSync(log, `${torn}.wal`);
        truncateSync(`${torn}.wal`, statSync(log).size - missing);
        (await Store.open(torn)).close();
        const [counts] = await queryDatabase<{ rows: number; ids: number }>(
          torn,
          `SELECT (SELECT count(*) FROM iex.quote) "rows",
                  (SELECT count(*) FROM local.delivered_message) ids`,
        );
        expect(counts?.rows).to.equal((counts?.ids ?? 0) * 126);
        expect(counts?.ids).to.equal(900);
      });
    }
  });

  describe('the lines of files', () => {
    const NOTHING = { rows: [], deadLetters: [] };
    const add = (digests: readonly bigint[]) =>
      writer.commitLines(
        digests.map((digest) => ({ digest })),
        NOTHING,
      );
    /** Which of the lines of a file, looked up in parts, are known. */
    async function match(...parts: bigint[][]): Promise<number[][]> {
      const known = await store.knownLines();
      const found: number[][] = [];
      for (const part of parts) {
        const isKnown = await known.match(part);
        found.push(isKnown.map(Number));
      }
      known.close();
      return found;
    }

    it('are not known to a new database', async () => {
      expect(await match([1n, 1n, 2n])).to.deep.equal([[0, 0, 0]]);
    });

    it('are known the second time, in the same order or another', async () => {
      const most = (1n << 128n) - 1n;
      await add([1n, 0n, most]);
      expect(await match([1n, 0n], [most, 4n])).to.deep.equal([
        [1, 1],
        [1, 0],
      ]);
      expect(await match([most, 4n], [0n, 1n])).to.deep.equal([
        [1, 0],
        [1, 1],
      ]);
      expect(await match([1n, 4n, most], [0n])).to.deep.equal([[1, 0, 1], [1]]);
    });

    it('are exhausted once each has been found, in any order', async () => {
      await add([1n, 2n, 3n]);
      const known = await store.knownLines();
      await known.match([1n, 3n]);
      expect(known.isExhausted).to.equal(false);
      await known.match([4n, 2n]);
      expect(known.isExhausted).to.equal(true);
      known.close();
    });

    it('are known as often as they were committed if they are identical', async () => {
      await add([1n, 1n]);
      await add([2n, 1n]);
      expect(await match([1n, 1n, 1n, 1n, 2n, 2n])).to.deep.equal([[1, 1, 1, 0, 1, 0]]);
      expect(await match([2n, 1n], [1n], [3n], [1n, 1n], [1n, 2n])).to.deep.equal([
        [1, 1],
        [1],
        [0],
        [1, 0],
        [0, 0],
      ]);
    });

    it('are not known if they are committed in the meantime', async () => {
      await add([1n]);
      const known = await store.knownLines();
      await add([2n, 1n]);
      expect(await known.match([2n, 1n, 1n])).to.deep.equal([false, true, false]);
      known.close();
    });

    it('are known as often as they were committed if row ids have gaps', async () => {
      await add([9n]);
      const connection = await store.connect();
      await connection.run('DELETE FROM local.replayed_line');
      connection.closeSync();
      await add([4n, 0n]);
      expect(await match([4n, 4n, 2n])).to.deep.equal([[1, 0, 0]]);
    });

    it('are known by the same rule, however they are mixed', async () => {
      const digest = fc.bigInt({ min: 0n, max: 4n });
      const list = fc.array(digest, { maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(list, fc.array(list, { maxLength: 4 }), async (stored, parts) => {
          const connection = await store.connect();
          await connection.run('DELETE FROM local.replayed_line');
          connection.closeSync();
          await add(stored);
          const left = [...stored];
          const expected = parts.map((part) =>
            part.map((line) => {
              const at = left.indexOf(line);
              if (at >= 0) left.splice(at, 1);
              return Number(at >= 0);
            }),
          );
          expect(await match(...parts)).to.deep.equal(expected);
        }),
        { numRuns: 15 },
      );
    });
  });

  describe('as another program sees it', () => {
    it('has its views under any file name', async () => {
      const named = join(folder, 'iex.duckdb');
      const other = await Store.open(named);
      const otherWriter = await other.writer();
      await otherWriter.commit('s', [message('1')], (fresh) => runBatch(fresh, [1]));
      otherWriter.close();
      other.close();
      for (const view of ['top_stocks', 'percentage_gain']) {
        const rows = await queryDatabase(named, `SELECT * FROM iex.${view} WHERE symbol = 'A'`);
        expect(rows.length, view).to.be.greaterThan(0);
      }
    });
  });

  describe('refuses', () => {
    const refusal = async (path: string): Promise<Error> => {
      try {
        (await Store.open(path)).close();
      } catch (error) {
        return error as Error;
      }
      throw new Error('accepted');
    };

    it('a file that is not a database', async () => {
      const path = join(folder, 'text.duckdb');
      writeFileSync(path, 'this is text, and nothing else');
      const error = await refusal(path);
      expect(error).to.be.instanceOf(StoreError);
      expect(error.message).to.match(/text\.duckdb cannot be used .*not a valid DuckDB/);
    });

    it('a file of JSON, which DuckDB would open', async () => {
      const path = join(folder, 'quotes.jsonl');
      writeFileSync(path, '{"symbol":"A"}\n');
      expect((await refusal(path)).message).to.match(/quotes\.jsonl cannot be used/);
    });

    it('a folder, and a file in a folder that does not exist', async () => {
      expect((await refusal(folder)).message).to.match(/cannot be used/);
      expect((await refusal(join(folder, 'no', 'x.duckdb'))).message).to.match(/No such file/);
    });

    it('a database whose table has other columns', async () => {
      const connection = await store.connect();
      await connection.run('ALTER TABLE iex.quote ADD COLUMN volume BIGINT');
      connection.closeSync();
      writer.close();
      store.close();
      expect((await refusal(file)).message).to.match(/iex\.quote has other columns/);
      const path = join(folder, `${++files}.duckdb`);
      store = await Store.open(path);
      writer = await store.writer();
    });
  });
});
