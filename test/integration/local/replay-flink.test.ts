import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { freePort } from 'iex-cli';
import { Command } from 'iex-test/support/command';
import { queryDatabase } from 'iex-test/support/database';
import { FlinkCluster } from 'iex-test/support/flink-cluster';
import { temporaryFolder } from 'iex-test/support/folder';
import { missingTools } from 'iex-test/support/missing-tools';
import { childrenOf, isRunning } from 'iex-test/support/processes';
import { ScriptHost } from 'iex-test/support/script-host';
import { skipSuite } from 'iex-test/support/skip';
import { untilTrue } from 'iex-test/support/until';

const COMMAND = fileURLToPath(new URL('../../../local/dist/replay.js', import.meta.url));

/** How long Flink takes to start on a busy machine; the first time, its jars are downloaded. */
const TIMEOUT_MS = 240_000;

const ROWS_PER_QUOTE = 126;

describe('npm run replay -- --runner flink', function () {
  this.timeout(TIMEOUT_MS);
  const folder = temporaryFolder();
  const host = ScriptHost.forSuite();
  let files = 0;
  const newPath = (ending: string) => join(folder, `${++files}.${ending}`);

  before(function () {
    const missing = missingTools('java', 'mvn');
    if (missing) skipSuite(this, missing);
  });

  function quotesFile(lines: readonly (string | Uint8Array)[], newline = '\n'): string {
    const path = newPath('jsonl');
    const parts = lines.flatMap((line) => [line, newline]).map((part) => Buffer.from(part));
    writeFileSync(path, Buffer.concat(parts));
    return path;
  }

  const quote = (symbol: string, number: number, fraction = '') => {
    const time = new Date(Date.UTC(2026, 0, 5, 15, 0, number)).toISOString().slice(0, 19);
    return JSON.stringify({
      symbol,
      latest_price: 10 + number / 7,
      event_time: `${time}${fraction}Z`,
    });
  };
  const manyQuotes = (count: number) =>
    Array.from({ length: count }, (_, i) => quote(`S${i % 100}`, i));

  /** Runs a replay that starts no processes. */
  const replay = (file: string, database: string, flags: string[] = [], env = {}) =>
    host().run(COMMAND, [file, '--database', database, ...flags], { ...process.env, ...env });
  const FLINK = ['--runner', 'flink'];

  const startOnFlink = (file: string, database: string, ...flags: string[]) =>
    new Command(COMMAND, [file, '--database', database, ...FLINK, ...flags]);

  async function onFlink(file: string, database: string, ...flags: string[]) {
    const command = startOnFlink(file, database, ...flags);
    const code = await command.untilExited();
    expect({ code, stderr: command.stderr }).to.deep.equal({ code: 0, stderr: '' });
    return command.stdout;
  }

  const contentOf = async (database: string) => ({
    rows: await queryDatabase(
      database,
      `SELECT symbol, latest_price, epoch_us(window_end) window_end, epoch_us(event_time) event_time,
              resolution_minutes
       FROM iex.quote ORDER BY ALL`,
    ),
    deadLetters: await queryDatabase(
      database,
      'SELECT payload, reason, stage FROM iex.dead_letter ORDER BY ALL',
    ),
  });

  async function countsOf(database: string) {
    const [counts] = await queryDatabase<{ rows: number; distinct: number; dead: number }>(
      database,
      `SELECT (SELECT count(*) FROM iex.quote) "rows",
              (SELECT count(*) FROM (SELECT DISTINCT * FROM iex.quote)) "distinct",
              (SELECT count(*) FROM iex.dead_letter) dead`,
    );
    return counts!;
  }

  /** The descendants of a command that are still running. */
  function descendantsOf(pid: number | undefined): number[] {
    return childrenOf(pid).flatMap((child) => [child.pid, ...descendantsOf(child.pid)]);
  }

  /**
   * A command on Flink that has made some output, and has two workers, which are the last of its
   * processes.
   */
  async function untilUnderWay(file: string, database: string, ...flags: string[]) {
    const former = partFolders(database);
    const command = startOnFlink(file, database, ...flags);
    await untilTrue(() => {
      const own = partFolders(database).filter((folder) => !former.includes(folder));
      return command.process.exitCode !== null || own.some(hasOutput);
    }, 180_000);
    expect(command.process.exitCode, command.stderr).to.equal(null);
    return command;
  }

  const partFolders = (database: string) =>
    readdirSync(dirname(database))
      .filter((name) => name.startsWith(`${basename(database)}.replay-`))
      .map((name) => join(dirname(database), name));
  const hasOutput = (parts: string) =>
    existsSync(join(parts, 'output')) && readdirSync(join(parts, 'output')).length > 0;

  describe('of good lines and bad ones', () => {
    const database = newPath('duckdb');
    const direct = newPath('duckdb');
    const lines = [
      ...Array.from({ length: 700 }, (_, i) => quote(`S${i % 40}`, i)),
      quote('micro', 1, '.000001'),
      quote('micro', 1, '.999999'),
      quote('edge', 4, '.999999'),
      quote('edge', 5),
      quote('twice', 1),
      quote('twice', 1),
      quote('日本 🚀 "quoted", it\'s', 3),
      quote('', 1),
      '{"symbol":"A","latest_price":1e999,"event_time":"2026-01-05T15:00:00Z"}',
      '{"symbol":"A","latest_price":1}',
      'nonsense',
      'nonsense',
      '日本 🚀',
      '\u2028',
      'ends in a carriage return\r',
      Buffer.from([0xff, 0xfe, 0x80]),
      '',
    ];
    const file = quotesFile(lines, '\r\n');

    it('makes the rows and dead letters that the direct runner makes', async () => {
      const onDirect = await replay(file, direct);
      const stdout = await onFlink(file, database);
      const summary = /[\d,]+ quotes, .*/;
      expect(summary.exec(stdout)?.[0]).to.equal(summary.exec(onDirect.stdout)?.[0]);
      expect(stdout).to.match(/707 quotes, 89,082 rows, 9 dead letters, 0 lines there already/);
      const [expected, found] = [await contentOf(direct), await contentOf(database)];
      expect(found.deadLetters).to.deep.equal(expected.deadLetters);
      expect(JSON.stringify(found.rows) === JSON.stringify(expected.rows)).to.equal(true);
      expect(partFolders(database)).to.deep.equal([]);
    });

    it('adds no lines that the database has, from either runner', async () => {
      for (const store of [database, direct]) {
        const { stdout } = await replay(file, store, FLINK);
        expect(stdout).to.match(/ 0 quotes, 0 rows, 0 dead letters, 716 lines there already/);
      }
      const { stdout } = await replay(file, database);
      expect(stdout).to.match(/ 0 rows, 0 dead letters, 716 lines there already/);
    });
  });

  it('does not start Flink for a file without lines for the pipeline', async () => {
    for (const [line, said] of [
      ['', /only blank lines/],
      ['x'.repeat(10_000_001), /1 of 1\): longer than/],
    ] as const) {
      const file = quotesFile([line]);
      const { code, stdout, stderr } = await replay(file, newPath('duckdb'), FLINK, { PATH: '' });
      expect(code).to.equal(1);
      expect(stdout + stderr).to.match(said);
    }
  });

  describe('that fails, is killed and is interrupted, on the same database', () => {
    const lines = [quote('twice', 1), 'nonsense', ...manyQuotes(6000)];
    const database = newPath('duckdb');
    const file = quotesFile(lines);

    it('says why a job failed, and where its logs are', async () => {
      const command = startOnFlink(quotesFile(lines.slice(0, 600)), database);
      let input = '';
      await untilTrue(() => {
        input = join(partFolders(database)[0] ?? '', 'input', '1');
        return existsSync(join(dirname(input), '..', 'worker'));
      });
      rmSync(input);
      expect(await command.untilExited()).to.equal(1);
      const [logs = ''] = partFolders(database);
      expect(command.stderr).to.match(/^the job failed: .*ENOENT.*input\/1.*\n$/);
      expect(command.stderr).to.contain(`(logs: ${logs})`);
      expect(readdirSync(logs)).to.include.members(['flink.log', 'worker.log']);
    });

    it('deletes the logs of the failed one, and leaves no process when it is killed', async () => {
      const failed = partFolders(database);
      const command = await untilUnderWay(file, database);
      expect(partFolders(database)).not.to.include.members(failed);
      const processes = descendantsOf(command.process.pid);
      expect(processes, 'job server and workers').to.have.length(1 + availableParallelism());
      await command.kill();
      await untilTrue(() => !processes.some(isRunning));
      expect(partFolders(database)).to.have.length(1);
    });

    describe('and on a session cluster', () => {
      let cluster: FlinkCluster;
      before(async () => {
        cluster = await FlinkCluster.start(join(folder, 'cluster'));
      });
      after(() => cluster?.stop());

      const states = async (): Promise<string[]> =>
        (await cluster.get('jobs/overview')).jobs.map(({ state }: { state: string }) => state);

      it('ends the job, its workers there and all processes here on Ctrl-C', async () => {
        const flags = ['--flink-master', cluster.address];
        const command = await untilUnderWay(file, database, ...flags);
        const here = descendantsOf(command.process.pid);
        expect(here, 'job server').to.have.length(1);
        const workers = descendantsOf(cluster.taskManager.pid);
        expect(workers).not.to.have.length(0);
        command.process.kill('SIGINT');
        expect(await command.untilExited()).to.equal(130);
        expect(command.stdout).to.match(/Interrupted\. Run the same command again/);
        await untilTrue(() => ![...here, ...workers].some(isRunning));
        expect(partFolders(database)).to.deep.equal([]);
        await untilTrue(async () => (await states()).join() === 'CANCELED');
      });

      it('resumes from there with the new lines of a longer file, and has lost and doubled nothing', async () => {
        const before = await countsOf(database);
        const quotesBefore = before.rows / ROWS_PER_QUOTE;
        expect(quotesBefore).to.be.lessThan(6001);
        const longer = quotesFile([quote('new', 1), ...lines, quote('twice', 1), 'nonsense']);
        const stdout = await onFlink(longer, database, '--flink-master', cluster.address);
        const [quotes, rows, deadLetters, known] = [
          6003 - quotesBefore,
          (6003 - quotesBefore) * ROWS_PER_QUOTE,
          2 - before.dead,
          quotesBefore + before.dead,
        ].map((count) => count.toLocaleString('en'));
        const summary = `${quotes} quotes, ${rows} rows, ${deadLetters} dead letters, ${known} lines there already`;
        expect(stdout).to.include(` ${summary}`);
        expect(await countsOf(database)).to.deep.equal({
          rows: 6003 * ROWS_PER_QUOTE,
          distinct: 6002 * ROWS_PER_QUOTE,
          dead: 2,
        });
        expect(partFolders(database)).to.deep.equal([]);
        expect(await states()).to.have.members(['CANCELED', 'FINISHED']);
      });
    });
  });

  describe('says in one line what is wrong', () => {
    const mistakes: [what: string, flags: string[], code: number, said: RegExp][] = [
      ['with an unknown runner', ['--runner', 'spark'], 2, /--runner 'spark' is unknown/],
      [
        'with a cluster but another runner',
        ['--flink-master', 'a:1'],
        2,
        /requires --runner flink/,
      ],
      [
        'with an address that is not one',
        [...FLINK, '--flink-master', 'http://a:1'],
        2,
        /'http:\/\/a:1' is not of the form HOST:PORT/,
      ],
    ];
    for (const [what, flags, code, said] of mistakes) {
      it(what, async () => {
        const result = await replay(quotesFile(manyQuotes(1)), newPath('duckdb'), flags);
        expect(result.code).to.equal(code);
        expect(result.stderr).to.match(said);
        expect(result.stderr.trim().split('\n')).to.have.length(1);
      });
    }

    it('with a cluster that does not respond', async () => {
      const address = `localhost:${await freePort()}`;
      const flags = [...FLINK, '--flink-master', address];
      const { code, stderr } = await replay(quotesFile(manyQuotes(1)), newPath('duckdb'), flags);
      expect(code).to.equal(1);
      expect(stderr).to.match(
        new RegExp(`^no Flink cluster responds at ${address}: .*ECONNREFUSED.*\n$`),
      );
    });

    it('without Java', async () => {
      const database = newPath('duckdb');
      const env = { PATH: join(folder, 'bin') };
      const { code, stderr } = await replay(quotesFile(manyQuotes(1)), database, FLINK, env);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^java is missing: install [^\n]+\n$/);
      expect(partFolders(database)).to.deep.equal([]);
    });
  });
});
