import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { expect } from 'chai';
import { startQuoteSimulator } from 'iex-local/quote-simulator/index';
import { startPubSubEmulator } from 'iex-pubsub-emulator/index';
import { Command, runCommand } from '../../support/command.js';
import { queryDatabase } from '../../support/database.js';
import { temporaryFolder } from '../../support/folder.js';
import { childrenOf, isRunning } from '../../support/processes.js';
import { untilTrue } from '../../support/until.js';

describe('npm start', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let runs = 0;
  let commands: Command[] = [];

  afterEach(async () => {
    for (const command of commands) await command.kill();
    commands = [];
  });

  function start(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    const dataDir = join(folder, String(++runs));
    const command = new Command(
      'local/dist/start.js',
      ['--data-dir', dataDir, '--port', '0', ...args],
      env,
    );
    commands.push(command);
    return { command, dataDir, database: join(dataDir, 'iex.duckdb') };
  }

  const where = async (command: Command, part: string) =>
    (await command.untilPrinted(new RegExp(`^  ${part} +(\\S+)`, 'm')))[1] ?? '';

  /** Waits until so many quotes have come through, then ends the run. */
  async function endAfterQuotes(command: Command, quotes: number): Promise<void> {
    const dashboard = await where(command, 'Dashboard');
    await untilTrue(async () => {
      const health = await fetch(`${dashboard}/api/health`);
      return ((await health.json()) as { quotes: number }).quotes >= quotes;
    });
    command.process.kill('SIGTERM');
    expect(await command.untilExited()).to.equal(0);
  }

  /** Rows in the table, quotes that they come from, and whether every quote has all of its rows once. */
  async function summaryOf(database: string) {
    const [summary] = await queryDatabase<{ quotes: number; incomplete: number; symbols: string }>(
      database,
      `WITH quote AS (
         SELECT symbol, event_time, resolution_minutes, count(*) n, count(DISTINCT window_end) ends
         FROM iex.quote GROUP BY ALL)
       SELECT count(*) quotes, count(*) FILTER (n <> 6 * resolution_minutes OR ends <> n) incomplete,
              string_agg(DISTINCT symbol ORDER BY symbol) symbols FROM quote`,
    );
    return summary!;
  }

  it('ranks the first closed window, then ends by itself and leaves nothing', async () => {
    const { command, database } = start(['--symbols', 'AAPL,GME', '--duration', '16']);
    await command.untilPrinted(/ 1 min +1\. (AAPL|GME) [\d.]+ /);
    await command.untilPrinted(/15 min +1\. /);
    await command.untilPrinted(/quotes [1-9]\d* +rows [1-9][\d,]* +dead letters 0 +lag \d\.\d s/);
    const children = childrenOf(command.process.pid);
    expect(children.length).to.be.at.least(3);

    expect(await command.untilExited()).to.equal(0);
    expect(command.stderr).to.equal('');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    expect(command.stdout).not.to.match(/[\x00-\x09\x0b-\x1f]/);
    for (const { pid, args } of children) expect(isRunning(pid), args).to.equal(false);
    const { quotes, incomplete, symbols } = await summaryOf(database);
    expect({ incomplete, symbols }).to.deep.equal({ incomplete: 0, symbols: 'AAPL,GME' });
    // Two symbols and three resolutions, at 0 s and 10 s at the least.
    expect(quotes).to.be.within(2 * 3 * 2, 2 * 3 * 3);
    const gains = await queryDatabase(database, 'SELECT * FROM iex.percentage_gain');
    expect(gains).not.to.be.empty;
  });

  it('ends on SIGTERM with exit code 0, and starts again on the same data', async () => {
    const { command, dataDir, database } = start();
    await endAfterQuotes(command, 10);
    const before = await summaryOf(database);
    expect(before.incomplete).to.equal(0);

    const again = new Command('local/dist/start.js', ['--data-dir', dataDir, '--port', '0']);
    commands.push(again);
    await endAfterQuotes(again, 10);
    const after = await summaryOf(database);
    expect(after.incomplete).to.equal(0);
    expect(after.quotes).to.be.at.least(before.quotes + 30);
  });

  const canMakeTerminal = process.platform === 'linux' && existsSync('/usr/bin/script');
  const inTerminal = canMakeTerminal ? it : it.skip;
  inTerminal(
    'shows a table in a terminal, and ends on Ctrl-C with exit code 0 (by script(1) of Linux)',
    async () => {
      const database = join(folder, 'terminal', 'iex.duckdb');
      const dataDir = join(folder, 'terminal');
      const start = `${process.execPath} local/dist/start.js --port 0 --data-dir ${dataDir}`;
      const command = `stty cols 100 rows 40; exec ${start}`;
      const terminal = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null']);
      let shown = '';
      terminal.stdout.on('data', (text) => {
        shown += text;
      });
      try {
        await untilTrue(() => /quotes [1-9]/.test(shown));
        expect(shown).to.match(/Window +Symbol +Mean price +Gain/);
        terminal.stdin.write('\x03');
        const [code] = await once(terminal, 'exit');
        expect(code).to.equal(0);
        expect(shown).to.match(/Stopping/);
        expect((await summaryOf(database)).incomplete).to.equal(0);
      } finally {
        terminal.kill('SIGKILL');
      }
    },
  );

  it('sounds an alarm a symbol where it is told to', async () => {
    const { command, database, dataDir } = start([
      '--alarm-mode',
      'per_symbol',
      '--symbols',
      'AAPL,GME,NIO',
    ]);
    await endAfterQuotes(command, 3);
    expect(await summaryOf(database)).to.deep.include({ symbols: 'AAPL,GME,NIO', incomplete: 0 });
    expect(readFileSync(join(dataDir, 'logs', 'fanOut.log'), 'utf8')).not.to.match(/severity/);
  });

  it('makes the prices of the seed that it is given', async () => {
    const { command } = start(['--seed', '7']);
    const url = await where(command, 'Quote API');
    const priceAt = async (base: string) => {
      const answer = await fetch(`${base}/stock/AAPL/quote`);
      return (await answer.json()) as { latestPrice: number; latestUpdate: number };
    };
    const { latestPrice, latestUpdate } = await priceAt(url);
    const same = await startQuoteSimulator({ seed: 7, now: () => latestUpdate });
    const other = await startQuoteSimulator({ seed: 8, now: () => latestUpdate });
    try {
      expect((await priceAt(same.url)).latestPrice).to.equal(latestPrice);
      expect((await priceAt(other.url)).latestPrice).not.to.equal(latestPrice);
    } finally {
      await same.close();
      await other.close();
    }
  });

  for (const source of ['alpaca', 'finnhub', 'tiingo', 'twelve-data']) {
    it(`has the quotes of a source of the shape of ${source}`, async () => {
      const { command, database } = start([
        ...['--quote-source', source],
        ...['--symbols', 'AAPL,GME'],
      ]);
      await endAfterQuotes(command, 2);
      expect(await summaryOf(database)).to.deep.include({ symbols: 'AAPL,GME', incomplete: 0 });
    });
  }

  it('asks another quote API with its token where it is given one', async () => {
    const simulator = await startQuoteSimulator({ symbols: ['AAPL'] });
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'sk_test_token\n');
    try {
      const { command, database } = start([
        '--quote-url',
        simulator.url,
        '--quote-token-file',
        tokenFile,
        '--symbols',
        'AAPL,GME',
      ]);
      await endAfterQuotes(command, 1);
      expect(simulator.requestCount).to.be.greaterThan(0);
      expect((await summaryOf(database)).symbols).to.equal('AAPL');
      expect(command.stdout + command.stderr).not.to.include('sk_test_token');
    } finally {
      await simulator.close();
    }
  });

  it('uses the emulator that PUBSUB_EMULATOR_HOST names, and takes what others publish there', async () => {
    const emulator = await startPubSubEmulator();
    const pubsub = new PubSub({
      projectId: 'iex-local',
      apiEndpoint: emulator.host,
      emulatorMode: true,
    });
    try {
      const { command, database } = start(['--symbols', 'AAPL'], {
        PUBSUB_EMULATOR_HOST: emulator.host,
      });
      expect(await where(command, 'Pub/Sub')).to.equal(emulator.host);
      await command.untilPrinted(/running/);
      const topic = pubsub.topic('iex-aggregate');
      await topic.publishMessage({ data: Buffer.from('nonsense') });
      const extra = { symbol: 'EXTRA', latest_price: 7 };
      await topic.publishMessage({ json: extra, attributes: { quote_id: 'extra' } });
      await topic.publishMessage({ json: extra, attributes: { quote_id: 'extra' } });
      await command.untilPrinted(/dead letters 1/);
      command.process.kill('SIGINT');
      expect(await command.untilExited()).to.equal(0);

      const extraRows = await queryDatabase<{ n: number }>(
        database,
        "SELECT count(*) n FROM iex.quote WHERE symbol = 'EXTRA'",
      );
      expect(extraRows).to.deep.equal([{ n: 6 + 30 + 90 }]);
      const dead = await queryDatabase(
        database,
        'SELECT DISTINCT payload, stage FROM iex.dead_letter',
      );
      expect(dead).to.deep.equal([{ payload: 'nonsense', stage: 'parse' }]);
    } finally {
      await pubsub.close();
      await emulator.close();
    }
  });

  it('starts processes again that are killed, and loses and doubles no quote', async () => {
    const { command, database } = start(['--symbols', 'AAPL,GME', '--duration', '35']);
    await command.untilPrinted(/quotes [1-9]/);
    const running = (what: string) =>
      childrenOf(command.process.pid).find(({ args }) => args.includes(what));
    const kill = async (name: string, what: string) => {
      process.kill(running(what)!.pid, 'SIGKILL');
      await command.untilPrinted(new RegExp(`${name} ended \\(SIGKILL\\)`));
      await untilTrue(() => running(what) !== undefined);
    };
    await kill('runner', 'runner-process');
    await kill('iexApi', '--target=iexApi');
    await untilTrue(() => (command.stdout.match(/ 1 min/g) ?? []).length >= 2);
    await kill('runner', 'runner-process');
    expect(await command.untilExited()).to.equal(0);

    const { incomplete, symbols } = await summaryOf(database);
    expect({ incomplete, symbols }).to.deep.equal({ incomplete: 0, symbols: 'AAPL,GME' });
    // Every pipeline has every quote, and a symbol no more of them than there were slots.
    const quotes = await queryDatabase<{ symbol: string; event_time: unknown; pipelines: number }>(
      database,
      `SELECT symbol, event_time, count(DISTINCT resolution_minutes) pipelines
       FROM iex.quote GROUP BY symbol, event_time`,
    );
    for (const { symbol, pipelines } of quotes) expect(pipelines, symbol).to.equal(3);
    for (const symbol of ['AAPL', 'GME']) {
      expect(quotes.filter((quote) => quote.symbol === symbol)).to.have.length.within(2, 4);
    }
  });

  it('leaves no process when it is killed itself', async () => {
    const { command } = start();
    await command.untilPrinted(/running/);
    const children = childrenOf(command.process.pid);
    expect(children.length).to.be.at.least(3);
    await command.kill();
    await untilTrue(() => !children.some(({ pid }) => isRunning(pid)));
  });

  describe('says in one line what is wrong', () => {
    const expectOneLine = (stderr: string, said: RegExp) => {
      expect(stderr).to.match(said);
      expect(stderr.trim().split('\n')).to.have.length(1);
    };

    it('with a flag, exit code 2', async () => {
      const { code, stderr } = await runCommand('local/dist/start.js', ['--alarm-mode', 'both']);
      expect(code).to.equal(2);
      expectOneLine(stderr, /--alarm-mode takes one of fan_out, per_symbol, not 'both'/);
    });

    it('with a database that another run has open', async () => {
      const { command, dataDir } = start();
      await command.untilPrinted(/running/);
      const second = await runCommand('local/dist/start.js', [
        '--data-dir',
        dataDir,
        '--port',
        '0',
      ]);
      expect(second.code).to.equal(1);
      expectOneLine(second.stderr, /iex\.duckdb is in use by process \d+: stop it/);
    });

    it('with a data folder that cannot be made', async () => {
      const file = join(folder, 'file');
      writeFileSync(file, '');
      const { code, stderr } = await runCommand('local/dist/start.js', [
        '--data-dir',
        join(file, 'data'),
      ]);
      expect(code).to.equal(1);
      expectOneLine(stderr, /file\/data/);
    });

    it('with a token file that holds no token', async () => {
      const file = join(folder, 'no-token');
      writeFileSync(file, 'two words');
      const { code, stderr } = await runCommand('local/dist/start.js', [
        '--data-dir',
        join(folder, 'x'),
        '--quote-token-file',
        file,
      ]);
      expect(code).to.equal(1);
      expectOneLine(stderr, /iexApi did not start: .*QUOTE_API_TOKEN_FILE/);
    });

    it('with a port that is in use', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await untilTrue(() => server.listening);
      const { port } = server.address() as { port: number };
      const { code, stderr } = await runCommand('local/dist/start.js', [
        '--data-dir',
        join(folder, 'y'),
        '--port',
        String(port),
      ]);
      server.close();
      expect(code).to.equal(1);
      expectOneLine(stderr, new RegExp(`${port}`));
    });
  });

  it('explains itself', async () => {
    const { code, stdout } = await runCommand('local/dist/start.js', ['--help']);
    expect(code).to.equal(0);
    expect(stdout).to.match(/npm start/);
  });
});
