import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PubSub } from '@google-cloud/pubsub';
import { OperationalError } from 'iex-cli/errors';
import { startPubSubEmulator } from 'iex-pubsub-emulator';
import { Command } from 'iex-test/support/command';
import { queryDatabase } from 'iex-test/support/database';
import { FlinkCluster } from 'iex-test/support/flink-cluster';
import { childrenOf } from 'iex-test/support/processes';
import { untilTrue } from 'iex-test/support/until';

type Victim = 'worker' | 'TaskManager' | 'job server' | 'command';

/** On this machine, the job server is Flink. After these, the command is killed once more. */
const ON_THIS_MACHINE = Array<Victim[]>(5).fill(['worker', 'job server', 'command']).flat();
const ON_A_CLUSTER: Victim[] = ['TaskManager', 'worker', 'job server', 'TaskManager', 'command'];

/** How many messages are published around each kill, half of them before it. */
const SHARE = 460;

/** How long after the first half a kill comes at most, in ms. */
const MOST_DELAY_MS = 4000;

/** How long a recovery may take, in ms. */
const RECOVERY_MS = 600_000;

/** How long one command may run, in ms. */
const MOST_MS = 1_800_000;

const COMMAND = 'local/dist/stream.js';

/**
 * Kills the processes of a stream on Flink one after the other, at random moments, while messages
 * arrive, of which every tenth is published twice. Counts what is lost and what is doubled in the
 * database.
 *
 * @throws {OperationalError} if anything is
 */
export async function benchFlinkChaos(): Promise<void> {
  await chaos('on this machine', ON_THIS_MACHINE);
  const folder = mkdtempSync(join(tmpdir(), 'iex-flink-cluster-'));
  const cluster = await FlinkCluster.start(folder, {
    // Otherwise a lost TaskManager is noticed after most of a minute.
    'heartbeat.interval': 1000,
    'heartbeat.timeout': 10_000,
  });
  try {
    await chaos('on a cluster', ON_A_CLUSTER, cluster);
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function chaos(where: string, victims: Victim[], cluster?: FlinkCluster): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'iex-flink-chaos-'));
  const emulator = await startPubSubEmulator();
  const pubsub = new PubSub({
    projectId: 'iex-bench',
    apiEndpoint: emulator.host,
    emulatorMode: true,
  });
  const [topic] = await pubsub.createTopic('quotes');
  const [subscription] = await topic.createSubscription('quotes', { ackDeadlineSeconds: 10 });
  const database = join(folder, 'quotes.duckdb');
  const flags = ['--subscription', subscription.name, '--database', database, '--runner', 'flink'];
  if (cluster) flags.push('--flink-master', cluster.address);

  let published = 0;
  const publish = async (count: number) => {
    const ids = Array.from({ length: count }, () => String(published++));
    const repeated = ids.filter((_, i) => i % 10 === 0);
    await Promise.all(
      [...ids, ...repeated].map((id) =>
        topic.publishMessage({
          json: { symbol: `S${id}`, latest_price: 1 },
          attributes: { quote_id: id },
        }),
      ),
    );
  };
  const env = { PUBSUB_EMULATOR_HOST: emulator.host };
  const start = async () => {
    const started = new Command(COMMAND, flags, env, { timeoutMs: MOST_MS });
    await started.untilPrinted(/Reading/, RECOVERY_MS);
    return started;
  };

  let command = await start();
  const strike = async (victim: Victim) => {
    await publish(SHARE / 2);
    await delay(Math.random() * MOST_DELAY_MS);
    await kill(victim, command, cluster);
    await publish(SHARE / 2);
  };
  try {
    for (const victim of victims) {
      const restarts = restartsOf(command);
      const started = performance.now();
      await strike(victim);
      if (victim === 'command') command = await start();
      else await untilTrue(() => restartsOf(command) > restarts, RECOVERY_MS);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`  ${where}: ${victim} killed, runs again after ${seconds} s`);
    }
    await strike('command');
    // Only while the command does not run can the database be read.
    const before = await countsIn(database);
    command = await start();
    await untilCommitted(command, published - before.quotes);
    command.process.kill('SIGINT');
    await command.untilExited();
    const { rows, distinct, quotes } = await countsIn(database);
    console.log(
      `  ${where}: ${victims.length + 1} kills, ${published} messages: ${published - quotes} lost, ${rows - distinct} of ${rows} rows doubled, ${126 * published - distinct} missing`,
    );
    if (quotes !== published || rows !== distinct || distinct !== 126 * published) {
      throw new OperationalError('Rows are lost or doubled');
    }
  } finally {
    await command.kill();
    await pubsub.close();
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const restartsOf = ({ stdout }: Command) => stdout.split('Flink runs again').length - 1;

async function kill(victim: Victim, command: Command, cluster: FlinkCluster | undefined) {
  if (victim === 'command') return await command.kill();
  const jobServer = childrenOf(command.process.pid)[0]?.pid ?? 0;
  const workers = () => childrenOf(cluster?.taskManager.pid ?? jobServer);
  await untilTrue(() => workers().length > 0, RECOVERY_MS);
  if (victim === 'TaskManager') return await cluster?.replaceTaskManager();
  process.kill(victim === 'worker' ? (workers()[0]?.pid ?? 0) : jobServer, 'SIGKILL');
}

async function untilCommitted(command: Command, quotes: number): Promise<void> {
  const pattern = new RegExp(`quotes ${quotes.toLocaleString('en')} `);
  await command.untilPrinted(pattern, RECOVERY_MS);
}

async function countsIn(database: string) {
  const [counts] = await queryDatabase<{ rows: number; distinct: number; quotes: number }>(
    database,
    `SELECT count(*) "rows", count(DISTINCT (symbol, resolution_minutes, window_end)) "distinct",
            count(DISTINCT symbol) quotes
     FROM iex.quote`,
  );
  return counts!;
}
