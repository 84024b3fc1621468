import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type BatchOutput, runBatch } from 'iex-dataflow';
import { Store, StoreError, type StoreWriter } from 'iex-local/store/store';
import { queryDatabase, rowsOf } from '../../support/database.js';
import { temporaryFolder } from '../../support/folder.js';

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

  it('keeps every value as it was', async () => {
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

  it('takes more rows than a chunk holds', async () => {
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

  it('commits nothing of a batch that fails, and takes it again', async () => {
    const failing = writer.commit('s', [message('1')], () => Promise.reject(new Error('no')));
    expect(await failing.catch((error: Error) => error.message)).to.equal('no');
    expect(await count('quote')).to.equal(0);
    await commit('s', [message('1')]);
    expect(await count('quote')).to.equal(6);
  });

  it('takes nothing of a batch whose rows do not fit', async () => {
    const row = {
      symbol: null as unknown as string,
      latest_price: 1,
      window_end: 0,
      event_time: 0,
    };
    const output: BatchOutput = { rows: [{ ...row, resolution_minutes: 1 }], deadLetters: [] };
    const failing = writer.commit('s', [message('1')], async () => output);
    expect(await failing.catch((error: Error) => error.message)).to.match(/NOT NULL/);
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

  it('keeps what is there when it is opened again, and adds to it', async () => {
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

  describe('after a crash in the midst of a commit', () => {
    const path = join(folder, 'torn.duckdb');
    const log = `${path}.wal`;

    before(async function () {
      this.timeout(60_000);
      const crashing = spawn(process.execPath, ['--import', 'tsx', CRASHING_WRITER, path], {
        stdio: 'inherit',
      });
      expect((await once(crashing, 'exit'))[1]).to.equal('SIGKILL');
    });

    // The log of what is committed is written piece by piece, so it may end anywhere.
    for (const missing of [1, 8, 21, 22, 1000, 100_000]) {
      it(`has all of a batch or nothing of it where ${missing} bytes of the log are missing`, async () => {
        const torn = join(folder, `torn-${missing}.duckdb`);
        copyFileSync(path, torn);
        copyFileSync(log, `${torn}.wal`);
        truncateSync(`${torn}.wal`, statSync(log).size - missing);
        (await Store.open(torn)).close();
        const [counts] = await queryDatabase<{ rows: number; ids: number }>(
          torn,
          `SELECT (SELECT count(*) FROM iex.quote) "rows",
                  (SELECT count(*) FROM local.processed_message) ids`,
        );
        expect(counts?.rows).to.equal((counts?.ids ?? 0) * 126);
        expect(counts?.ids).to.equal(900);
      });
    }
  });

  describe('as another program sees it', () => {
    it('has its views whatever the file is called', async () => {
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

    it('a file that is no database', async () => {
      const path = join(folder, 'text.duckdb');
      writeFileSync(path, 'this is text, and nothing else');
      const error = await refusal(path);
      expect(error).to.be.instanceOf(StoreError);
      expect(error.message).to.match(/text\.duckdb cannot be used .*not a valid DuckDB/);
    });

    it('a file of JSON, which DuckDB itself would open', async () => {
      const path = join(folder, 'quotes.jsonl');
      writeFileSync(path, '{"symbol":"A"}\n');
      expect((await refusal(path)).message).to.match(/quotes\.jsonl cannot be used/);
    });

    it('a folder, and a file in a folder that is not there', async () => {
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
