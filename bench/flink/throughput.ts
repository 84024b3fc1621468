import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PubSub, type Topic } from '@google-cloud/pubsub';
import { rowsPerQuote } from 'iex-contract';
import { resolutions } from 'iex-contract/infrastructure';
import type { MessageSource } from 'iex-local/runner/subscription-source';
import { Store } from 'iex-local/store/store';
import { streamDirectly } from 'iex-local/stream/direct';
import { streamOnFlink } from 'iex-local/stream/flink';
import { type OpenSubscription, openSubscription } from 'iex-local/stream/subscription';
import { startPubSubEmulator } from 'iex-pubsub-emulator';

const PROJECT = 'iex-bench';

const BACKLOG = 100_000;

/** The rate at which the lag is measured, and for how long. */
const PER_SECOND = 50;
const SECONDS = 30;

/** The most messages that are published at once. */
const BATCH = 1000;

/**
 * Measures, for the direct runner and for Flink on this machine, how fast a backlog becomes
 * committed and acknowledged rows of all resolutions, and then how long a quote takes from its
 * publication until it is acknowledged. The Pub/Sub emulator runs in the same process.
 */
export async function benchStream(): Promise<void> {
  for (const runner of ['direct', 'flink'] as const) {
    const folder = mkdtempSync(join(tmpdir(), 'iex-stream-bench-'));
    const emulator = await startPubSubEmulator();
    const pubsub = new PubSub({
      projectId: PROJECT,
      apiEndpoint: emulator.host,
      emulatorMode: true,
    });
    try {
      const [topic] = await pubsub.createTopic('quotes');
      const [{ name }] = await topic.createSubscription('quotes', { ackDeadlineSeconds: 30 });
      await publish(topic, BACKLOG);
      const subscription = await openSubscription(PROJECT, name, emulator.host);
      await measure(runner, topic, subscription, join(folder, 'quotes.duckdb'));
      await subscription.close();
    } finally {
      await pubsub.close();
      await emulator.close();
      rmSync(folder, { recursive: true });
    }
  }
}

async function measure(
  runner: 'direct' | 'flink',
  topic: Topic,
  subscription: OpenSubscription,
  database: string,
): Promise<void> {
  const store = await Store.open(database);
  const writer = await store.writer();
  const drain = new AbortController();
  const acknowledged = new Acknowledged(subscription.source);
  const started = performance.now();
  let ready = started;
  const options = {
    source: acknowledged,
    sourceName: subscription.identity,
    writer,
    resolutions,
    drain: drain.signal,
    onCommitted: () => undefined,
    onError: (error: Error) => console.error(error),
    onReady: () => {
      ready = performance.now();
    },
  };
  const running =
    runner === 'direct'
      ? streamDirectly(options)
      : streamOnFlink({ ...options, database, onNotice: console.error });
  await acknowledged.untilCount(BACKLOG);
  const seconds = (performance.now() - ready) / 1000;
  const rows = Math.round((BACKLOG * rowsPerQuote(resolutions)) / seconds);
  console.log(
    `  ${runner}: start ${((ready - started) / 1000).toFixed(1)} s, ${BACKLOG} messages in ${seconds.toFixed(1)} s, ${rows} rows/s`,
  );

  acknowledged.lags.length = 0;
  for (let second = 0; second < SECONDS; second++) {
    await Promise.all([publish(topic, PER_SECOND, BACKLOG + second * PER_SECOND), delay(1000)]);
  }
  await acknowledged.untilCount(BACKLOG + SECONDS * PER_SECOND);
  const lags = acknowledged.lags.sort((a, b) => a - b);
  const percentile = (share: number) => lags[Math.floor(lags.length * share)];
  console.log(
    `  ${runner}: at ${PER_SECOND} messages/s, lag p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms`,
  );

  drain.abort();
  await running;
  writer.close();
  store.close();
}

/** A source that counts what is acknowledged, and measures when. */
class Acknowledged implements MessageSource {
  /** Times from publication to acknowledgement, in ms. */
  readonly lags: number[] = [];
  readonly #source: MessageSource;
  readonly #events = new EventTarget();
  readonly #ids = new Set<string>();

  constructor(source: MessageSource) {
    this.#source = source;
  }

  pull: MessageSource['pull'] = (maxMessages) => this.#source.pull(maxMessages);

  acknowledge: MessageSource['acknowledge'] = async (messages) => {
    await this.#source.acknowledge(messages);
    const now = Date.now();
    // If the machine is busy, messages are delivered again while they are under way.
    for (const { id, publishTime } of messages) {
      if (!this.#ids.has(id)) this.lags.push(now - (publishTime ?? now));
      this.#ids.add(id);
    }
    this.#events.dispatchEvent(new Event('acknowledged'));
  };

  async untilCount(count: number): Promise<void> {
    while (this.#ids.size < count) await once(this.#events, 'acknowledged');
  }
}

async function publish(topic: Topic, count: number, first = 0): Promise<void> {
  for (let start = first; start < first + count; start += BATCH) {
    const end = Math.min(start + BATCH, first + count);
    await Promise.all(
      Array.from({ length: end - start }, (_, i) =>
        topic.publishMessage({
          json: { symbol: `S${(start + i) % 500}`, latest_price: 1 + (start + i) / 100 },
          attributes: { quote_id: String(start + i) },
        }),
      ),
    );
  }
}
