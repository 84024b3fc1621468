import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { PubSub } from '@google-cloud/pubsub';
import { expect } from 'chai';
import { type QuoteSimulator, startQuoteSimulator } from 'iex-local/quote-simulator/index';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import { Command } from 'iex-test/support/command';
import { queryDatabase, rowsOf } from 'iex-test/support/database';
import { temporaryFolder } from 'iex-test/support/folder';
import { childrenOf, isRunning } from 'iex-test/support/processes';
import { ScriptHost } from 'iex-test/support/script-host';
import { untilTrue } from 'iex-test/support/until';

const COMMAND = fileURLToPath(new URL('../../../local/dist/start.js', import.meta.url));

/** The variables of a shell that is used for other work. None of them may have an effect. */
const OTHER_WORK = {
  PUBSUB_PROJECT_ID: 'other-project',
  GCLOUD_PROJECT: 'other-project',
  GOOGLE_CLOUD_PROJECT: 'other-project',
  GOOGLE_APPLICATION_CREDENTIALS: '/missing.json',
  GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'example.com',
  LOG_LEVEL: 'verbose',
  NODE_ENV: 'production',
  NODE_OPTIONS: '--no-warnings',
  FUNCTION_TARGET: 'other',
  FUNCTION_SIGNATURE_TYPE: 'http',
  PORT: '1',
  K_SERVICE: 'other',
  QUOTE_SOURCE: 'tiingo',
  QUOTE_API_TOKEN: 'other-token',
  TZ: 'Asia/Tokyo',
  ...Object.fromEntries(
    ['http', 'https', 'grpc', 'all'].flatMap((protocol) => [
      [`${protocol}_proxy`, 'http://127.0.0.1:9'],
      [`${protocol}_proxy`.toUpperCase(), 'http://127.0.0.1:9'],
    ]),
  ),
};

function expectOneLine(stderr: string, said: RegExp): void {
  expect(stderr).to.match(said);
  expect(stderr.trim().split('\n')).to.have.length(1);
}

describe('npm start', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const host = ScriptHost.forSuite();
  /** Runs it to its end, if it does not start. */
  const refused = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    host().run(COMMAND, args, { ...process.env, ...env });
  let runs = 0;
  let commands: Command[] = [];

  afterEach(async () => {
    for (const command of commands) await command.kill();
    commands = [];
  });

  function start(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    const dataDir = join(folder, String(++runs));
    const command = new Command(
      COMMAND,
      ['--data-dir', dataDir, '--port', '0', '--history', '0', ...args],
      env,
    );
    commands.push(command);
    return { command, dataDir, database: join(dataDir, 'market.duckdb') };
  }

  const where = async (command: Command, part: string) =>
    (await command.untilPrinted(new RegExp(`^  ${part} +(\\S+)`, 'm'), 40_000))[1] ?? '';

  async function untilQuotes(command: Command, quotes: number): Promise<void> {
    const dashboard = await where(command, 'Dashboard');
    await untilTrue(async () => {
      const health = await fetch(`${dashboard}/api/health`);
      return ((await health.json()) as { quotes: number }).quotes >= quotes;
    });
  }

  /** Waits until so many quotes have arrived, then ends the run. */
  async function endAfterQuotes(command: Command, quotes: number): Promise<void> {
    await untilQuotes(command, quotes);
    command.process.kill('SIGTERM');
    expect(await command.untilExited()).to.equal(0);
  }

  /**
   * The quotes that are later than a time in µs: how many there are, how many do not have all of
   * their rows once, their symbols, and the last one's time.
   */
  async function summaryOf(database: string, since = 0) {
    const [summary] = await queryDatabase<{
      quotes: number;
      incomplete: number;
      symbols: string;
      last: number;
    }>(
      database,
      `WITH quote AS (
         SELECT symbol, event_time, resolution_minutes, count(*) n, count(DISTINCT window_end) ends
         FROM iex.quote WHERE epoch_us(event_time) > ${since} GROUP BY ALL)
       SELECT count(*) quotes, count(*) FILTER (n <> 6 * resolution_minutes OR ends <> n) incomplete,
              string_agg(DISTINCT symbol ORDER BY symbol) symbols, max(epoch_us(event_time)) "last"
       FROM quote`,
    );
    return summary!;
  }

  describe('with data in the current folder', () => {
    const dataDir = join(folder, 'here');
    const database = join(dataDir, 'market.duckdb');
    const inFolder = (...args: string[]) =>
      start(['--data-dir', 'here', '--history', '5', ...args], { INIT_CWD: folder }).command;
    const fanOutLog = () => readFileSync(join(dataDir, 'logs', 'fanOut.log'), 'utf8');

    it('makes a history, and ends on SIGTERM with exit code 0 (finnhub)', async () => {
      const command = inFolder('--quote-source', 'finnhub');
      await command.untilPrinted(
        /^The database was empty: .* last 5 minutes \(300 quotes\)/m,
        40_000,
      );
      await endAfterQuotes(command, 310);
      const { quotes, incomplete } = await summaryOf(database);
      expect(incomplete).to.equal(0);
      expect(quotes).to.be.at.least(3 * 310);
    });

    it('starts again on the same data, which it locks, with an alarm for each symbol; leaves no process when it is killed (alpaca)', async () => {
      const before = await summaryOf(database);
      const logged = fanOutLog();
      const mode = ['--alarm-mode', 'per_symbol', '--symbols', 'AAPL,GME,NIO'];
      const command = inFolder('--quote-source', 'alpaca', ...mode);
      await command.untilPrinted(/running/, 40_000);
      const second = await refused(['--data-dir', dataDir, '--port', '0']);
      expect(second.code).to.equal(1);
      expectOneLine(second.stderr, /market\.duckdb is in use by process \d+: stop it/);

      await untilQuotes(command, 3);
      const children = childrenOf(command.process.pid);
      expect(children.length).to.be.at.least(3);
      await command.kill();
      await untilTrue(() => !children.some(({ pid }) => isRunning(pid)));
      expect(command.stdout).not.to.match(/was empty/);
      const { quotes, incomplete } = await summaryOf(database);
      expect(incomplete).to.equal(0);
      expect(quotes).to.be.at.least(before.quotes + 3);
      expect((await summaryOf(database, before.last)).symbols).to.equal('AAPL,GME,NIO');
      expect(fanOutLog().slice(logged.length)).not.to.match(/severity/);
    });
  });

  const canMakeTerminal = process.platform === 'linux' && existsSync('/usr/bin/script');
  const inTerminal = canMakeTerminal ? it : it.skip;
  inTerminal(
    'shows a table in a terminal, and ends on Ctrl-C with exit code 0 (twelve-data; by script(1) of Linux)',
    async () => {
      const database = join(folder, 'terminal', 'market.duckdb');
      const dataDir = join(folder, 'terminal');
      const start = `${process.execPath} local/dist/start.js --port 0 --data-dir ${dataDir} --history 1 --quote-source twelve-data`;
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

  describe('from a shell with variables of other work,', () => {
    const EXTRA = { symbol: 'EXTRA', latest_price: 7 };
    let emulator: PubSubEmulator;
    let simulator: QuoteSimulator;
    let command: Command;
    let database: string;
    let startedMs: number;
    /** How many quotes a symbol can have at the most. */
    let slots: number;

    before(async () => {
      emulator = await startPubSubEmulator();
      simulator = await startQuoteSimulator({ symbols: ['AAPL', 'GME'] });
      simulator.setFault({ kind: 'serverError' });
      const tokenFile = join(folder, 'token');
      writeFileSync(tokenFile, 'sk_test_token\n');
      const source = ['--quote-source', 'tiingo', '--quote-url', simulator.urlFor('tiingo')];
      const options = ['--quote-token-file', tokenFile, '--symbols', 'AAPL,GME,NIO'];
      const env = { ...OTHER_WORK, PUBSUB_EMULATOR_HOST: emulator.host };
      startedMs = performance.now();
      // For several tests; until the last of them, it waits 20 s for quotes.
      ({ command, database } = start([...source, ...options], env));
      commands = [];
      await command.untilPrinted(/running/, 40_000);
    });
    after(async () => {
      await command?.kill();
      await simulator?.close();
      await emulator?.close();
    });

    describe('for 16 s', () => {
      let command: Command;
      let database: string;
      let children: ReturnType<typeof childrenOf>;
      /** A price of the simulator, requested during the run. */
      let quote: { latestPrice: number; latestUpdate: number };

      before(async () => {
        const args = ['--symbols', 'AAPL,GME', '--duration', '16', '--seed', '7'];
        ({ command, database } = start(args, OTHER_WORK));
        await command.untilPrinted(/running/, 40_000);
        const answer = await fetch(`${await where(command, 'Quote API')}/stock/AAPL/quote`);
        quote = (await answer.json()) as typeof quote;
        children = childrenOf(command.process.pid);
        await command.untilExited();
      });

      it('ranks the first closed window of each resolution', async () => {
        await command.untilPrinted(/ 1 min +1\. (AAPL|GME) [\d.]+ /);
        await command.untilPrinted(/15 min +1\. /);
        await command.untilPrinted(
          /quotes [1-9]\d* +rows [1-9][\d,]* +dead letters 0 +lag \d\.\d s/,
        );
      });

      it('ends by itself with exit code 0, and leaves no process', async () => {
        expect(await command.untilExited()).to.equal(0);
        expect(children.length).to.be.at.least(3);
        for (const { pid, args } of children) expect(isRunning(pid), args).to.equal(false);
      });

      it('prints only lines of text', () => {
        expect(command.stderr).to.equal('');
        // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
        expect(command.stdout).not.to.match(/[\x00-\x09\x0b-\x1f]/);
      });

      it('has every quote in each window that contains it', async () => {
        const { quotes, incomplete, symbols } = await summaryOf(database);
        expect({ incomplete, symbols }).to.deep.equal({ incomplete: 0, symbols: 'AAPL,GME' });
        // Two symbols and three resolutions, at 0 s and 10 s at the least.
        expect(quotes).to.be.within(2 * 3 * 2, 2 * 3 * 3);
      });

      it('makes a file that DuckDB’s shell opens, with the names that BigQuery has', async () => {
        const instance = await DuckDBInstance.create(database, { access_mode: 'READ_ONLY' });
        const connection = await instance.connect();
        try {
          for (const name of ['quote', 'top_stocks', 'percentage_gain']) {
            expect(await rowsOf(connection, `FROM iex.${name}`), name).not.to.be.empty;
          }
          expect(await rowsOf(connection, 'FROM iex.dead_letter')).to.be.empty;
        } finally {
          connection.closeSync();
          instance.closeSync();
        }
      });

      it('has the prices of the seed', async () => {
        for (const seed of [7, 8]) {
          const simulator = await startQuoteSimulator({ seed, now: () => quote.latestUpdate });
          const answer = await fetch(`${simulator.url}/stock/AAPL/quote`);
          const { latestPrice } = (await answer.json()) as typeof quote;
          await simulator.close();
          expect(latestPrice === quote.latestPrice, `seed ${seed}`).to.equal(seed === 7);
        }
      });
    });

    describe('on the emulator that PUBSUB_EMULATOR_HOST names, with another quote API', () => {
      /** Publishes a message that is no quote, and the same quote twice. */
      async function publish(): Promise<void> {
        const { host } = emulator;
        const pubsub = new PubSub({
          projectId: 'iex-local',
          apiEndpoint: host,
          emulatorMode: true,
        });
        const topic = pubsub.topic('iex-aggregate');
        await topic.publishMessage({ data: Buffer.from('nonsense') });
        await topic.publishMessage({ json: EXTRA, attributes: { quote_id: 'extra' } });
        await topic.publishMessage({ json: EXTRA, attributes: { quote_id: 'extra' } });
        await pubsub.close();
      }

      const running = (what: string) =>
        childrenOf(command.process.pid).find(({ args }) => args.includes(what));

      async function kill(name: string, what: string): Promise<void> {
        process.kill(running(what)!.pid, 'SIGKILL');
        await command.untilPrinted(new RegExp(`${name} ended \\(SIGKILL\\)`));
        await untilTrue(() => running(what) !== undefined);
      }

      it('says why no quotes arrive, and that they arrive again', async () => {
        await command.untilPrinted(/^No quotes arrive.*iexApi: .*5\d\d/m, 50_000);
        const dashboard = await where(command, 'Dashboard');
        const notice = async () => {
          const health = await fetch(`${dashboard}/api/health`);
          return ((await health.json()) as { notice: string | null }).notice;
        };
        expect(await notice()).to.match(/iexApi: .*5\d\d/);
        simulator.setFault(undefined);
        await command.untilPrinted(/^Quotes arrive again/m);
        await untilTrue(async () => (await notice()) === null);
      });

      it('restarts processes that are killed, and ends in order when its output is closed', async () => {
        await publish();
        expect(await where(command, 'Pub/Sub')).to.equal(emulator.host);
        await command.untilPrinted(/dead letters 1/);
        await kill('runner', 'runner-process');
        await kill('iexApi', '--target=iexApi');
        await untilTrue(() => (command.stdout.match(/ 1 min/g) ?? []).length >= 2);
        await kill('runner', 'runner-process');
        // Of the runner that was started last.
        const { length } = command.stdout;
        await untilTrue(() => / 1 min/.test(command.stdout.slice(length)));
        command.process.stdout?.destroy();
        expect(await command.untilExited()).to.equal(0);
        slots = 1 + Math.floor((performance.now() - startedMs) / 10_000);
        expect(command.stderr).to.equal('');
        expect(command.stdout).not.to.include('sk_test_token');
      });

      it('loses and repeats no quote', async () => {
        const { incomplete, symbols } = await summaryOf(database);
        expect({ incomplete, symbols }).to.deep.equal({ incomplete: 0, symbols: 'AAPL,EXTRA,GME' });
        // Every pipeline has every quote, and a symbol no more of them than there were slots.
        const quotes = await queryDatabase<{ symbol: string; pipelines: number }>(
          database,
          `SELECT symbol, event_time, count(DISTINCT resolution_minutes) pipelines
         FROM iex.quote GROUP BY symbol, event_time`,
        );
        for (const { symbol, pipelines } of quotes) expect(pipelines, symbol).to.equal(3);
        for (const symbol of ['AAPL', 'GME']) {
          expect(quotes.filter((quote) => quote.symbol === symbol)).to.have.length.within(2, slots);
        }
      });

      it('counts a quote once that was published twice, and keeps what is none', async () => {
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
      });
    });
  });

  describe('says in one line what is wrong', () => {
    it('with a flag, exit code 2', async () => {
      const { code, stderr } = await refused(['--alarm-mode', 'both']);
      expect(code).to.equal(2);
      expectOneLine(stderr, /--alarm-mode takes one of fan_out, per_symbol, not 'both'/);
    });

    it('with a PUBSUB_EMULATOR_HOST at which nothing listens, or no emulator', async () => {
      const nothing = createServer().listen(0, '127.0.0.1');
      const silent = createServer(() => undefined).listen(0, '127.0.0.1');
      await untilTrue(() => nothing.listening && silent.listening);
      const hostOf = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const hosts = [hostOf(nothing), hostOf(silent), 'localhost:65536', 'http://localhost:8085'];
      nothing.close();
      const ends = [];
      for (const host of hosts) {
        const env = { ...OTHER_WORK, PUBSUB_EMULATOR_HOST: host };
        ends.push(await refused(['--data-dir', join(folder, 'z'), '--port', '0'], env));
      }
      silent.close();
      ends.forEach(({ code, stderr }, i) => {
        expect(code, hosts[i]).to.equal(1);
        expectOneLine(stderr, /PUBSUB_EMULATOR_HOST/);
      });
      expect(ends[0]?.stderr).to.match(/127\.0\.0\.1:\d+.*ECONNREFUSED/);
      for (const { stderr } of ends.slice(2)) expect(stderr).to.match(/must be HOST:PORT/);
    });

    it('with a data folder that cannot be created', async () => {
      const file = join(folder, 'file');
      writeFileSync(file, '');
      // On Node.js 20, mkdir never returns in /proc.
      for (const [path, said] of [
        [join(file, 'data'), /Cannot create .*file: EEXIST/],
        ['/proc/none/data', /Cannot create \/proc/],
      ] as const) {
        const { code, stderr } = await refused(['--data-dir', path]);
        expect(code).to.equal(1);
        expectOneLine(stderr, said);
      }
    });

    it('with a token file that has no token', async () => {
      const file = join(folder, 'no-token');
      writeFileSync(file, 'two words');
      const { code, stderr } = await refused([
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
      const { code, stderr } = await refused([
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

  it('prints its help', async () => {
    const { code, stdout } = await refused(['--help']);
    expect(code).to.equal(0);
    expect(stdout).to.match(/npm start/);
  });
});
