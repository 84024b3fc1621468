import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { rowsPerQuote } from 'iex-contract';
import { replayDirectly } from 'iex-local/replay/direct';
import { Input } from 'iex-local/replay/input/input';
import { openQuotes } from 'iex-local/replay/input/quote-file';
import { Store } from 'iex-local/store/store';
import { Command, runCommand } from 'iex-test/support/command';
import { queryDatabase } from 'iex-test/support/database';
import { temporaryFolder } from 'iex-test/support/folder';
import { ScriptHost } from 'iex-test/support/script-host';
import { skipSuite, skipTest } from 'iex-test/support/skip';
import { untilTrue } from 'iex-test/support/until';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const COMMAND = join(ROOT, 'local/dist/replay.js');

/** Files that a replay once refused without a message. */
const CASES = join(ROOT, '../shared/cases');

/** A trading day of real quotes, which may not be published with the project. */
const TRADING_DAY = fileURLToPath(
  new URL('../../../../shared/data/quotes-2013-10-07.jsonl', import.meta.url),
);

describe('npm run replay', () => {
  const folder = temporaryFolder();
  const host = ScriptHost.forSuite();
  const replay = (args: readonly string[]) => host().run(COMMAND, args, process.env);
  let files = 0;
  const newPath = (ending: string) => join(folder, `${++files}.${ending}`);

  function quotesFile(...lines: (string | object)[]): string {
    const path = newPath('jsonl');
    const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
    writeFileSync(path, `${texts.join('\n')}\n`);
    return path;
  }

  const quote = (symbol: string, second: number) => ({
    symbol,
    latest_price: 10 + second,
    event_time: new Date(Date.UTC(2026, 0, 5, 15, 0, second)).toISOString(),
  });

  const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

  async function countsOf(database: string) {
    const [counts] = await queryDatabase<{ rows: number; distinct: number; dead: number }>(
      database,
      `SELECT (SELECT count(*) FROM iex.quote) "rows",
              (SELECT count(*) FROM (SELECT DISTINCT * FROM iex.quote)) "distinct",
              (SELECT count(*) FROM iex.dead_letter) dead`,
    );
    return counts;
  }

  it('makes rows of the good lines and dead letters of the bad ones', async () => {
    const database = newPath('duckdb');
    const file = quotesFile(quote('A', 0), 'nonsense', quote('B', 1), '{"symbol":"A"}');
    const { code, stdout, stderr } = await replay([file, '--database', database]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.match(/4 lines .* 2 quotes, 252 rows, 2 dead letters, 0 lines there already/);
    expect(await countsOf(database)).to.deep.equal({ rows: 252, distinct: 252, dead: 2 });
    const dead = await queryDatabase(database, 'SELECT payload, stage FROM iex.dead_letter');
    expect(dead).to.have.deep.members([
      { payload: 'nonsense', stage: 'parse' },
      { payload: '{"symbol":"A"}', stage: 'validate' },
    ]);
  });

  for (const [what, resolutions, lines] of [
    ['an hour', [60], 400],
    ['a day', [1, 1440], 30],
  ] as const) {
    it(`makes every row of windows of ${what}`, async () => {
      const database = newPath('duckdb');
      const file = quotesFile(...Array.from({ length: lines }, (_, i) => quote('A', i)));
      for (let run = 1; run <= 2; run++) {
        const store = await Store.open(database);
        const quotes = await openQuotes(new Input(file));
        await replayDirectly(quotes!, store, {}, resolutions);
        store.close();
      }
      const rows = lines * rowsPerQuote(resolutions);
      expect(await countsOf(database)).to.deep.equal({ rows, distinct: rows, dead: 0 });
    }).timeout(60_000);
  }

  it('refuses a line without event time, which a file cannot replace', async () => {
    const database = newPath('duckdb');
    const file = quotesFile({ symbol: 'A', latest_price: 1 });
    await replay([file, '--database', database]);
    const dead = await queryDatabase<{ reason: string }>(
      database,
      'SELECT reason FROM iex.dead_letter',
    );
    expect(dead[0]?.reason).to.match(/event_time/);
  });

  it('adds nothing for the same file again, and only the new lines of a longer one', async () => {
    const database = newPath('duckdb');
    const lines = [quote('A', 0), quote('A', 1), 'nonsense'];
    const short = quotesFile(...lines);
    await replay([short, '--database', database]);
    await replay([short, '--database', database]);
    expect(await countsOf(database)).to.deep.equal({ rows: 252, distinct: 252, dead: 1 });
    const longer = quotesFile(quote('B', 0), ...lines, quote('B', 1));
    const { stdout } = await replay([longer, '--database', database]);
    expect(stdout).to.match(/2 quotes, 252 rows, 0 dead letters, 3 lines there already/);
    expect(await countsOf(database)).to.deep.equal({ rows: 504, distinct: 504, dead: 1 });
  });

  it('counts each of several identical lines in one file', async () => {
    const database = newPath('duckdb');
    const file = quotesFile(quote('A', 0), quote('A', 0));
    await replay([file, '--database', database]);
    expect(await countsOf(database)).to.deep.equal({ rows: 252, distinct: 126, dead: 0 });
  });

  it('says why most lines were refused, and fails if all were', async () => {
    const lines = ['nonsense', ...[1, 2].map((n) => ({ symbol: 'A', latest_price: n }))];
    const some = quotesFile(...lines, quote('A', 0));
    const none = quotesFile(...lines.map((line) => JSON.stringify(line)));
    for (const [file, code] of [
      [some, 0],
      [none, 1],
    ] as const) {
      const ended = await replay([file, '--database', newPath('duckdb')]);
      expect(ended).to.include({ code, stderr: '' });
      expect(ended.stdout).to.match(/dead letters \(2 of 3\): event_time: missing/);
    }
  });

  for (const name of ['gzip', 'json-array', 'utf16', 'lines-of-spaces']) {
    it(`reads the quotes of a file that was refused once: ${name}`, async function () {
      const case_ =
        existsSync(CASES) && readdirSync(CASES).find((file) => file.includes(`replay-${name}`));
      if (!case_) skipTest(this, 'the file is not on this machine');
      const database = newPath('duckdb');
      const file = join(CASES, case_);
      const { code } = await replay([file, '--database', database]);
      expect(code).to.equal(0);
      const quotes = await queryDatabase(
        database,
        `SELECT DISTINCT symbol, latest_price AS price, strftime(event_time, '%xT%XZ') AS time
         FROM iex.quote ORDER BY time, symbol`,
      );
      const expected = [
        { symbol: 'AAPL', price: 150.25, time: '2026-01-05T14:30:10Z' },
        { symbol: 'MSFT', price: 301, time: '2026-01-05T14:30:10Z' },
        { symbol: 'AAPL', price: 150.5, time: '2026-01-05T14:30:20Z' },
      ];
      expect(quotes).to.deep.equal(name === 'lines-of-spaces' ? expected.slice(0, 2) : expected);
      expect(await countsOf(database)).to.include({ dead: 0 });
    });
  }

  it('recognises a quote in files of different formats', async () => {
    const database = newPath('duckdb');
    const quotes = [quote('A', 0), quote('B', 1)];
    const lines = quotesFile(...quotes);
    await replay([lines, '--database', database]);
    const csv = quotesFile(
      'latest_price,event_time,symbol',
      ...quotes.map(
        ({ symbol, latest_price, event_time }) => `${latest_price},${event_time},${symbol}`,
      ),
    );
    for (const file of [csv, quotesFile(JSON.stringify(quotes))]) {
      const { stdout } = await replay([file, '--database', database]);
      expect(stdout).to.match(/ 0 quotes, 0 rows, 0 dead letters, 2 lines there already/);
    }
  });

  it('reads standard input', async () => {
    const database = newPath('duckdb');
    const input = readFileSync(quotesFile(quote('A', 0)));
    execFileSync(process.execPath, [COMMAND, '-', '--database', database], { input });
    expect(await countsOf(database)).to.include({ rows: 126 });
  });

  it('accepts paths relative to the folder in which npm was called', async () => {
    const [file, database] = [quotesFile(quote('A', 0)), newPath('duckdb')];
    const { code } = await runCommand(
      'local/dist/replay.js',
      [basename(file), '--database', basename(database)],
      { INIT_CWD: folder },
    );
    expect(code).to.equal(0);
    expect(await countsOf(database)).to.include({ rows: 126 });
  });

  it('refuses a symbol of megabytes, which would stand in every row', async () => {
    const database = newPath('duckdb');
    const file = quotesFile(quote('A'.repeat(9_000_000), 0), quote('B', 0));
    const { code, stderr } = await replay([file, '--database', database]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const dead = await queryDatabase<{ reason: string }>(
      database,
      'SELECT reason FROM iex.dead_letter',
    );
    expect(dead).to.have.length(1);
    expect(dead[0]?.reason).to.match(
      /^symbol: is longer than 256 characters \(payload of 9000\d+ /,
    );
    expect(await countsOf(database)).to.deep.equal({ rows: 126, distinct: 126, dead: 1 });
  });

  it('keeps only the beginning of a long line, and its length', async () => {
    const database = newPath('duckdb');
    const file = quotesFile(
      `{"symbol":"${'é'.repeat(6_000_000)}`,
      'x'.repeat(100_000),
      quote('A', 0),
    );
    await replay([file, '--database', database]);
    const dead = await queryDatabase<{ size: number; reason: string }>(
      database,
      'SELECT length(payload) AS size, reason FROM iex.dead_letter ORDER BY reason',
    );
    expect(dead.map(({ size }) => size)).to.deep.equal([65_536, 65_536]);
    expect(dead[0]?.reason).to.match(/^longer than the 10000000 bytes.*payload of 12000011 bytes/);
    expect(dead[1]?.reason).to.match(/^not JSON.*payload of 100000 bytes/);
    expect(await countsOf(database)).to.include({ rows: 126 });
  });

  it('loses and doubles nothing when it is killed and started again', async () => {
    const database = newPath('duckdb');
    const symbols = Array.from({ length: 100 }, (_, i) => `S${i}`);
    const file = quotesFile(
      ...symbols.flatMap((s) => Array.from({ length: 30 }, (_, i) => quote(s, i))),
    );
    for (const bytes of [1, 3_000_000]) {
      const command = new Command('local/dist/replay.js', [file, '--database', database]);
      await untilTrue(() => sizeOf(database) + sizeOf(`${database}.wal`) >= bytes);
      await command.kill();
    }
    const { code } = await replay([file, '--database', database]);
    expect(code).to.equal(0);
    const rows = 100 * 30 * 126;
    expect(await countsOf(database)).to.deep.equal({ rows, distinct: rows, dead: 0 });
  });

  it('ends after the batch under way on Ctrl-C, and resumes from there', async () => {
    const database = newPath('duckdb');
    const file = quotesFile(
      ...Array.from({ length: 2400 }, (_, i) => ({ ...quote('A', 0), latest_price: 1 + i })),
    );
    const command = new Command('local/dist/replay.js', [file, '--database', database]);
    await untilTrue(() => existsSync(database));
    command.process.kill('SIGINT');
    expect(await command.untilExited()).to.equal(130);
    expect(command.stdout).to.match(/Interrupted\. Run the same command again/);
    const { stdout } = await replay([file, '--database', database]);
    expect(stdout).to.match(/[1-9][\d,]* lines there already/);
    expect(await countsOf(database)).to.deep.include({ rows: 2400 * 126 });
  }).timeout(60_000);

  describe('says in one line what is wrong', () => {
    const mistakes: [what: string, args: () => string[], code: number, said: RegExp][] = [
      ['without a file', () => [], 2, /file of quotes is missing/],
      ['without a database', () => [quotesFile('')], 2, /--database FILE\.duckdb is missing/],
      ['with an unknown flag', () => ['--fast'], 2, /'--fast'/],
      ['with two files', () => ['a', 'b', '--database', 'c'], 2, /unexpected argument 'b'/],
      [
        'with a file that is not there',
        () => ['no.jsonl', '--database', 'x'],
        1,
        /no\.jsonl cannot be read/,
      ],
      ['with a folder', () => [folder, '--database', 'x'], 1, /not a file/],
      [
        'with a file of another kind',
        () => [quotesFile('Date,Open,Close'), '--database', newPath('duckdb')],
        1,
        /jsonl has no quotes: it begins with/,
      ],
      [
        'with an array without quotes',
        () => [quotesFile('[]'), '--database', newPath('duckdb')],
        1,
        /jsonl has no quotes/,
      ],
      [
        'with a database that is not one',
        () => [quotesFile(quote('A', 0)), '--database', quotesFile('{}')],
        1,
        /cannot be used/,
      ],
    ];
    for (const [what, args, code, said] of mistakes) {
      it(what, async () => {
        const result = await replay(args());
        expect(result.code).to.equal(code);
        expect(result.stderr).to.match(said);
        expect(result.stderr.trim().split('\n')).to.have.length(1);
      });
    }

    it('and creates no database', async () => {
      for (const content of ['', 'Date,Open,Close', '[]', 'symbol,latest_price,event_time']) {
        const database = newPath('duckdb');
        await replay([quotesFile(content), '--database', database]);
        expect(existsSync(database), content).to.equal(false);
      }
    });

    it('with a database that is in use', async () => {
      const database = newPath('duckdb');
      const file = quotesFile(
        ...Array.from({ length: 20_000 }, (_, i) => ({ ...quote('A', 0), latest_price: 1 + i })),
      );
      const command = new Command('local/dist/replay.js', [file, '--database', database]);
      await untilTrue(() => existsSync(database));
      const second = await replay([quotesFile(quote('B', 0)), '--database', database]);
      await command.kill();
      expect(second.code).to.equal(1);
      expect(second.stderr).to.match(new RegExp(`in use by process ${command.process.pid}`));
    });
  });

  it('prints its help', async () => {
    const { code, stdout } = await runCommand(COMMAND, ['--help']);
    expect(code).to.equal(0);
    expect(stdout).to.match(/--database FILE/);
  });

  describe('of a real trading day', () => {
    const database = newPath('duckdb');

    before(async function () {
      if (!existsSync(TRADING_DAY)) skipSuite(this, 'its quotes are not on this machine');
      await replay([TRADING_DAY, '--database', database]);
    });

    it('makes 126 rows of each of its quotes', async () => {
      const lines = readFileSync(TRADING_DAY, 'utf8').trimEnd().split('\n').length;
      expect(lines).to.equal(9364);
      expect(await countsOf(database)).to.deep.include({ rows: 9364 * 126, dead: 0 });
      const byResolution = await queryDatabase(
        database,
        'SELECT resolution_minutes r, count(*) n FROM iex.quote GROUP BY 1 ORDER BY 1',
      );
      expect(byResolution).to.deep.equal([
        { r: 1, n: 9364 * 6 },
        { r: 5, n: 9364 * 30 },
        { r: 15, n: 9364 * 90 },
      ]);
    });

    it('ranks the first full minute as computed by hand', async () => {
      // 13:30:00 to 13:30:50 UTC, the six quotes of each stock before the window's end at 13:30:55.
      const top = await queryDatabase(
        database,
        `SELECT symbol, round(mean_price, 6) mean, value_rank FROM iex.top_stocks
         WHERE resolution_minutes = 1 AND window_end = '2013-10-07 13:30:55+00' ORDER BY value_rank`,
      );
      expect(top).to.deep.equal([
        { symbol: 'IBM', mean: 182.031667, value_rank: 1 }, // 1092.19 / 6
        { symbol: 'SPY', mean: 167.47, value_rank: 2 }, // 1004.82 / 6
        { symbol: 'AIG', mean: 49.025, value_rank: 3 }, // 294.15 / 6
      ]);
      const gains = await queryDatabase(
        database,
        `SELECT symbol, first_price, last_price FROM iex.percentage_gain
         WHERE resolution_minutes = 1 AND window_end = '2013-10-07 13:30:55+00' ORDER BY symbol`,
      );
      expect(gains).to.deep.equal([
        { symbol: 'AIG', first_price: 49.07, last_price: 48.98 },
        { symbol: 'BAC', first_price: 13.91, last_price: 13.9 },
        { symbol: 'IBM', first_price: 181.89, last_price: 182.13 },
        { symbol: 'SPY', first_price: 167.41, last_price: 167.5 },
      ]);
    });
  });
});
