/**
 * The process that owns the database: it runs the pipelines, one for each resolution, and serves
 * the dashboard. It is started with an IPC channel and a `RunnerConfig`, and ends with the process
 * that started it.
 */
import { PubSub } from '@google-cloud/pubsub';
import { systemClock } from 'iex-cli/clock';
import { OperationalError } from 'iex-cli/errors';
import { aggregateSubscription } from 'iex-contract';
import { DuckDbMarketData } from 'iex-dashboard/market-data/duckdb';
import { startDashboard } from 'iex-dashboard/server/server';
import { endWithParent } from '../end-with-parent.js';
import { Store } from '../store/store.js';
import { subscriptionIdentity } from '../topology.js';
import { onWindowClosed } from './on-window-closed.js';
import type { RunnerCommand, RunnerConfig, RunnerMessage } from './protocol.js';
import { runSubscription } from './run-subscription.js';
import { subscriptionSource } from './subscription-source.js';
import { ThroughputMeter } from './throughput-meter.js';

const send = (message: RunnerMessage) => process.send?.(message);

function logError(error: Error): void {
  const message = error instanceof OperationalError ? error.message : error.stack;
  console.error(JSON.stringify({ severity: 'ERROR', time: new Date(), message }));
}

async function run(config: RunnerConfig): Promise<void> {
  const { projectId, database, resolutions, port, allowedHosts } = config;
  const drain = new AbortController();
  const throughput = new ThroughputMeter(systemClock);
  process.on('message', (command: RunnerCommand) => {
    if (command.type === 'drain') drain.abort();
    else throughput.notice = command.notice;
  });

  const store = await Store.open(database);
  const isDatabaseEmpty = await store.isEmpty();
  const pubsub = new PubSub({ projectId });
  const marketData = new DuckDbMarketData(await store.connect());
  const stopRankings = onWindowClosed(
    async () => {
      const rankings = [];
      for (const resolution of resolutions) {
        const ranking = await marketData.latestRanking(resolution);
        if (ranking) rankings.push(ranking);
      }
      send({ type: 'rankings', rankings });
    },
    logError,
    systemClock,
  );

  const dashboardData = new DuckDbMarketData(await store.connect());
  const dashboard = await startDashboard({
    marketData: dashboardData,
    source: `DuckDB ${database}`,
    resolutions,
    port,
    allowedHosts,
    health: throughput,
    healthIntervalMs: 2000,
    settleMs: 500,
  });

  const pipelines = resolutions.map(async (resolutionMinutes) => {
    const subscription = pubsub.subscription(aggregateSubscription(resolutionMinutes));
    const [metadata] = await subscription.getMetadata();
    const source = await subscriptionSource(pubsub, subscription.name);
    const writer = await store.writer();
    let isFailing = false;
    await runSubscription({
      source,
      sourceName: subscriptionIdentity(metadata),
      writer,
      resolutions: [resolutionMinutes],
      onCommitted(counts) {
        isFailing = false;
        const committed = { resolutionMinutes, ...counts };
        throughput.add(committed);
        send({ type: 'committed', ...committed });
      },
      onError(error) {
        logError(error);
        if (isFailing) return;
        isFailing = true;
        const [reason] = error.message.split('\n');
        const notice = `Adding rows for the windows of ${resolutionMinutes} min failed, and is tried again: ${reason}`;
        send({ type: 'notice', notice });
      },
      drain: drain.signal,
    });
    writer.close();
    await source.close();
  });
  send({ type: 'ready', dashboardUrl: dashboard.url, isDatabaseEmpty });
  await Promise.all(pipelines);

  await dashboard.close();
  await dashboardData.close();
  await stopRankings();
  await marketData.close();
  await pubsub.close();
  store.close();
}

// Beam's SDK logs each bundle there.
console.debug = () => undefined;
endWithParent();
try {
  await run(JSON.parse(process.argv[2] ?? '') as RunnerConfig);
} catch (error) {
  logError(error as Error);
  process.exitCode = 1;
}
process.disconnect?.();
