import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import { freePort } from 'iex-cli';
import { Command, runCommand } from 'iex-test/support/command';
import { queryDatabase } from 'iex-test/support/database';
import { FlinkCluster } from 'iex-test/support/flink-cluster';
import { temporaryFolder } from 'iex-test/support/folder';
import { missingTools } from 'iex-test/support/missing-tools';
import { childrenOf, isRunning } from 'iex-test/support/processes';
import { skipSuite } from 'iex-test/support/skip';
import { untilTrue } from 'iex-test/support/until';

/** How long Flink takes to start on a busy machine; the first time, its jars are downloaded. */
const TIMEOUT_MS = 240_000;

const ROWS_PER_QUOTE = 126;

describe('npm run replay -- --runner flink', function () {
  this.timeout(TIMEOUT_MS);
  const folder = temporaryFolder();
  let files = 0;
  const newPath = (ending: string) => join(folder, `${++files}.${ending}`);

  before(function () {
    const missing = missingTools('java', 'mvn');
    if (missing) skipSuite(this, missing);
  });

  function quotesFile(lines: readonly (string | Uint8Array)[], newline = '\n'): string {
    const path = newPath('jsonl');
    writeFileSync(
      path,
      lines
        .flatMap((line) => [line, newline])
        .map((part) => Buffer.from(part))
        .reduce(concat),
    );
    return path;
  }
  const concat = (a: Buffer, b: Buffer) => Buffer.concat([a, b]);

  const quote = (symbol: string, number: number, fraction = '') => {
    const time = new Date(Date.UTC(2026, 0, 5, 15, 0, number)).toISOString().slice(0, 19);
    return JSON.stringify({
      symbol,
      latest_price: 10 + number / 7,
      event_time: `${time}${fraction}Z`,
    });
  };
  const manyQuotes = (count: number) =>
    quotesFile(Array.from({ length: count }, (_, i) => quote(`S${i % 100}`, i)));

  const replay = (file: string, database: string, ...flags: string[]) =>
    runCommand('local/dist/replay.js', [file, '--database', database, ...flags]);
  const onFlink = (file: string, database: string, ...flags: string[]) =>
    replay(file, database, '--runner', 'flink', ...flags);

  const startOnFlink = (file: string, database: string, ...flags: string[]) =>
    new Command('local/dist/replay.js', [
      ...[file, '--database', database, '--runner', 'flink'],
      ...flags,
    ]);

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
    const [counts] = await queryDatabase<{ rows: number; distinct: number }>(
      database,
      `SELECT (SELECT count(*) FROM iex.quote) "rows",
              (SELECT count(*) FROM (SELECT DISTINCT * FROM iex.quote)) "distinct"`,
    );
    return counts;
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
      const { code, stdout, stderr } = await onFlink(file, database);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
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
        const { stdout } = await onFlink(file, store);
        expect(stdout).to.match(/ 0 quotes, 0 rows, 0 dead letters, 716 lines there already/);
      }
      const { stdout } = await replay(file, database);
      expect(stdout).to.match(/ 0 rows, 0 dead letters, 716 lines there already/);
    });

    it('adds only the new lines of a longer file', async () => {
      const longer = quotesFile([quote('new', 1), ...lines, quote('twice', 1), 'nonsense'], '\r\n');
      const { stdout } = await onFlink(longer, database);
      expect(stdout).to.match(/ 2 quotes, 252 rows, 1 dead letters, 716 lines there already/);
    });
  });

  it('does not start Flink for a file without lines for the pipeline', async () => {
    for (const [lines, said] of [
      [[''], /only blank lines/],
      [['x'.repeat(10_000_001), '{'], /1 of 1\): longer than/],
    ] as const) {
      const { code, stdout, stderr } = await runCommand(
        'local/dist/replay.js',
        [quotesFile(lines.slice(0, 1)), '--database', newPath('duckdb'), '--runner', 'flink'],
        { PATH: '' },
      );
      expect(code).to.equal(1);
      expect(stdout + stderr).to.match(said);
    }
  });

  describe('that fails, is killed and is interrupted, on the same database', () => {
    const LINES = 6000;
    const database = newPath('duckdb');
    const file = manyQuotes(LINES);

    it('says why a job failed, and where its logs are', async () => {
      const command = startOnFlink(file, database);
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

    it('ends all processes that it started on Ctrl-C', async () => {
      const command = await untilUnderWay(file, database);
      const processes = descendantsOf(command.process.pid);
      command.process.kill('SIGINT');
      expect(await command.untilExited()).to.equal(130);
      expect(command.stdout).to.match(/Interrupted\. Run the same command again/);
      await untilTrue(() => !processes.some(isRunning));
      expect(partFolders(database)).to.deep.equal([]);
    });

    it('resumes from there, and has lost and doubled nothing', async () => {
      const counts = await countsOf(database);
      expect(counts?.rows).to.be.lessThan(LINES * ROWS_PER_QUOTE);
      const { code, stdout } = await onFlink(file, database);
      expect(code).to.equal(0);
      const repeated = ((counts?.rows ?? 0) / ROWS_PER_QUOTE).toLocaleString('en');
      expect(stdout).to.match(new RegExp(` ${repeated} lines there already`));
      const rows = LINES * ROWS_PER_QUOTE;
      expect(await countsOf(database)).to.deep.equal({ rows, distinct: rows });
      expect(partFolders(database)).to.deep.equal([]);
    });
  });

  describe('on a session cluster', () => {
    let cluster: FlinkCluster;
    before(async () => {
      cluster = await FlinkCluster.start(join(folder, 'cluster'));
    });
    after(() => cluster?.stop());

    it('makes all rows, with workers of the TaskManager', async () => {
      const database = newPath('duckdb');
      const file = manyQuotes(600);
      const { code, stderr } = await onFlink(file, database, '--flink-master', cluster.address);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      const rows = 600 * ROWS_PER_QUOTE;
      expect(await countsOf(database)).to.deep.equal({ rows, distinct: rows });
      const { jobs } = await cluster.get('jobs/overview');
      expect(jobs).to.have.length(1);
      expect(jobs[0].state).to.equal('FINISHED');
    });

    it('ends the job and its workers there on Ctrl-C', async () => {
      const file = manyQuotes(6000);
      const command = await untilUnderWay(
        file,
        newPath('duckdb'),
        '--flink-master',
        cluster.address,
      );
      const workers = descendantsOf(cluster.taskManager.pid);
      expect(workers).not.to.have.length(0);
      command.process.kill('SIGINT');
      expect(await command.untilExited()).to.equal(130);
      await untilTrue(async () => {
        const { jobs } = await cluster.get('jobs/overview');
        return jobs.some(({ state }: { state: string }) => state === 'CANCELED');
      });
      await untilTrue(() => !workers.some(isRunning));
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
        ['--runner', 'flink', '--flink-master', 'http://a:1'],
        2,
        /'http:\/\/a:1' is not of the form HOST:PORT/,
      ],
    ];
    for (const [what, flags, code, said] of mistakes) {
      it(what, async () => {
        const result = await replay(manyQuotes(1), newPath('duckdb'), ...flags);
        expect(result.code).to.equal(code);
        expect(result.stderr).to.match(said);
        expect(result.stderr.trim().split('\n')).to.have.length(1);
      });
    }

    it('with a cluster that does not respond', async () => {
      const address = `localhost:${await freePort()}`;
      const { code, stderr } = await onFlink(
        manyQuotes(1),
        newPath('duckdb'),
        '--flink-master',
        address,
      );
      expect(code).to.equal(1);
      expect(stderr).to.match(
        new RegExp(`^no Flink cluster responds at ${address}: .*ECONNREFUSED.*\n$`),
      );
    });

    it('without Java', async () => {
      const bin = join(folder, 'bin');
      const database = newPath('duckdb');
      const { code, stderr } = await runCommand(
        'local/dist/replay.js',
        [manyQuotes(1), '--database', database, '--runner', 'flink'],
        { PATH: bin },
      );
      expect(code).to.equal(1);
      expect(stderr).to.match(/^java is missing: install [^\n]+\n$/);
      expect(partFolders(database)).to.deep.equal([]);
    });
  });
});
