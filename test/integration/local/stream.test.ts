import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { expect } from 'chai';
import { openSubscription } from 'iex-local/stream/subscription';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import { Command, runCommand } from 'iex-test/support/command';
import { queryDatabase } from 'iex-test/support/database';
import { temporaryFolder } from 'iex-test/support/folder';
import { missingTools } from 'iex-test/support/missing-tools';
import { childrenOf, isRunning } from 'iex-test/support/processes';
import { skipTest } from 'iex-test/support/skip';
import { untilTrue } from 'iex-test/support/until';

const STREAM = 'local/dist/stream.js';
const PROJECT = 'iex-test';

/** How long Flink may take to start on a busy machine, in ms. */
const FLINK_MS = 120_000;

describe('npm run stream', () => {
  const folder = temporaryFolder();
  let emulator: PubSubEmulator;
  let pubsub: PubSub;
  let command: Command | undefined;

  before(async () => {
    emulator = await startPubSubEmulator();
    pubsub = new PubSub({ projectId: PROJECT, apiEndpoint: emulator.host, emulatorMode: true });
  });

  afterEach(() => command?.kill());

  after(async () => {
    await pubsub.close();
    await emulator.close();
  });

  const env = () => ({ PUBSUB_EMULATOR_HOST: emulator.host });

  /** A topic with a subscription, and the flags for reading it. */
  async function setUp(name: string) {
    const [topic] = await pubsub.createTopic(name);
    const [subscription] = await topic.createSubscription(name, { ackDeadlineSeconds: 10 });
    const database = join(folder, `${name}.duckdb`);
    const flags = ['--subscription', subscription.name, '--database', database];
    let next = 0;
    return {
      database,
      flags,
      get published() {
        return next;
      },
      /** Publishes quotes, each of another symbol, and a repetition of each tenth. */
      async publish(count: number) {
        const symbols = Array.from({ length: count }, () => `S${next++}`);
        const repeated = symbols.filter((_, i) => i % 10 === 0);
        await Promise.all(
          [...symbols, ...repeated].map((symbol) =>
            topic.publishMessage({
              json: { symbol, latest_price: 1.5 },
              attributes: { quote_id: symbol },
            }),
          ),
        );
      },
      publishRaw: (data: Buffer) => topic.publishMessage({ data }),
    };
  }

  async function quotesIn(database: string): Promise<number> {
    const [row] = await queryDatabase<{ n: number }>(
      database,
      'SELECT count(DISTINCT symbol) n FROM iex.quote',
    );
    return row?.n ?? 0;
  }

  /** Waits until the command has printed that it has committed so many quotes since its start. */
  const untilCommitted = (running: Command, quotes: number, timeoutMs: number) =>
    running.untilPrinted(new RegExp(`quotes ${quotes.toLocaleString('en')} `), timeoutMs);

  async function stop(running: Command): Promise<void> {
    running.process.kill('SIGINT');
    expect(await running.untilExited(), running.stdout + running.stderr).to.equal(0);
  }

  const content = (database: string) =>
    queryDatabase<{ rows: number; distinct: number; quotes: number }>(
      database,
      `SELECT count(*) "rows", count(DISTINCT (symbol, window_end)) "distinct", count(DISTINCT symbol) quotes
       FROM iex.quote`,
    );

  /** That each of these quotes has its six windows of a minute once. */
  async function expectExactly(quotes: number, database: string): Promise<void> {
    expect(await content(database)).to.deep.equal([
      { rows: 6 * quotes, distinct: 6 * quotes, quotes },
    ]);
  }

  it('adds each quote once, and bad messages as dead letters', async function () {
    this.timeout(30_000);
    const { flags, database, publish, publishRaw } = await setUp('direct');
    command = new Command(STREAM, [...flags, '--resolutions', '1'], env());
    await publish(20);
    await publishRaw(Buffer.from('two\nlines'));
    await untilCommitted(command, 20, 20_000);
    await stop(command);
    await expectExactly(20, database);
    expect(await queryDatabase(database, 'SELECT payload FROM iex.dead_letter')).to.deep.equal([
      { payload: 'two\nlines' },
    ]);
  });

  it('on Flink, loses and doubles nothing if a worker, Flink and the command itself are killed', async function () {
    this.timeout(300_000);
    const missing = missingTools('java', 'mvn');
    if (missing) skipTest(this, missing);
    const stream = await setUp('killed');
    const { database, flags, publish, publishRaw } = stream;
    const args = [...flags, '--resolutions', '1', '--runner', 'flink'];
    const start = () => new Command(STREAM, args, env(), { timeoutMs: 300_000 });
    const flinkOf = ({ process }: Command) => childrenOf(process.pid)[0]?.pid ?? 0;
    const restarted = (running: Command, times: number) =>
      untilTrue(() => (running.stdout.match(/Flink runs again/g) ?? []).length === times, FLINK_MS);

    command = start();
    await publish(300);
    await publishRaw(Buffer.from([0xff, 0x0a]));
    await untilCommitted(command, 300, FLINK_MS);

    await publish(300);
    for (const { pid } of childrenOf(flinkOf(command))) process.kill(pid, 'SIGKILL');
    await publish(300);
    await restarted(command, 1);
    await publish(300);
    process.kill(flinkOf(command), 'SIGKILL');
    await restarted(command, 2);
    await publish(300);
    const processes = [flinkOf(command), ...childrenOf(flinkOf(command)).map(({ pid }) => pid)];
    await command.kill();
    await untilTrue(() => !processes.some(isRunning), 10_000);

    const before = await quotesIn(database);
    command = start();
    await publish(300);
    await untilCommitted(command, stream.published - before, FLINK_MS);
    await stop(command);
    await expectExactly(stream.published, database);
    expect(
      await queryDatabase(database, 'SELECT payload, stage FROM iex.dead_letter'),
    ).to.deep.equal([{ payload: '/wo=', stage: 'decode' }]);
  });

  it('says in one line that the subscription does not exist', async function () {
    this.timeout(20_000);
    const database = join(folder, 'unused.duckdb');
    const name = `projects/${PROJECT}/subscriptions/nowhere`;
    const flags = ['--subscription', name, '--database', database, '--runner', 'flink'];
    const { code, stderr } = await runCommand(STREAM, flags, env());
    expect(stderr).to.equal(
      `the emulator at ${emulator.host} has no subscription ${name}: create it, or correct --subscription\n`,
    );
    expect(code).to.equal(1);
    expect(existsSync(database)).to.equal(false);
  });

  it('says that no emulator responds, and that Google Cloud is used without one', async () => {
    const name = `projects/${PROJECT}/subscriptions/any`;
    const opening = openSubscription(PROJECT, name, 'localhost:1');
    const message = await opening.catch(({ message }) => message);
    expect(message).to.match(
      /^No Pub\/Sub emulator responds at localhost:1: .*to use Google Cloud/,
    );
  });

  it('says that a push subscription cannot be read', async () => {
    const [topic] = await pubsub.createTopic('pushed');
    const pushConfig = { pushEndpoint: 'http://localhost:1/quotes' };
    const [{ name }] = await topic.createSubscription('pushed', { pushConfig });
    const message = await openSubscription(PROJECT, name, emulator.host).catch(
      ({ message }) => message,
    );
    expect(message).to.match(/pushes its messages to http:.*choose a pull subscription$/);
  });

  it('knows how long the subscription keeps messages', async () => {
    const [topic] = await pubsub.createTopic('kept');
    const [{ name }] = await topic.createSubscription('kept', {
      messageRetentionDuration: { seconds: 1234 },
    });
    const subscription = await openSubscription(PROJECT, name, emulator.host);
    expect(subscription.retentionSeconds).to.equal(1234);
    await subscription.close();
  });
});
