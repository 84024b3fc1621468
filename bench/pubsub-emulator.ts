import { type Message, PubSub, type Subscription } from '@google-cloud/pubsub';
import { startPubSubEmulator } from 'iex-pubsub-emulator';

const PAYLOAD = Buffer.alloc(200, 'x');
const LATENCY_SAMPLES = 500;

/** The most messages of a request. */
const REST_BATCH = 1_000;

/**
 * Prints how fast the Pub/Sub emulator is with the official client, both in this process:
 * `messageCount` messages of 200 bytes from publish to acknowledged, then the time from publish to
 * receipt of single ones. Then the same messages over REST, in batches.
 */
export async function benchPubSubEmulator(messageCount = 20_000): Promise<void> {
  // By default, the client looks for Google's metadata server and warns if there is none.
  process.env.METADATA_SERVER_DETECTION ??= 'none';
  const emulator = await startPubSubEmulator();
  const client = new PubSub({ projectId: 'bench', apiEndpoint: emulator.host });
  try {
    await benchThroughput(client, messageCount);
    await benchLatency(client);
    await benchRest(emulator.host, messageCount);
  } finally {
    await client.close();
    await emulator.close();
  }
}

async function benchThroughput(client: PubSub, messageCount: number): Promise<void> {
  const [topic] = await client.createTopic('throughput');
  const [subscription] = await topic.createSubscription('throughput');
  const allAcknowledged = acknowledgeAll(subscription, messageCount);

  const start = performance.now();
  await Promise.all(
    Array.from({ length: messageCount }, () => topic.publishMessage({ data: PAYLOAD })),
  );
  const published = performance.now();
  await allAcknowledged;
  const acknowledged = performance.now();
  await subscription.close();

  const perSecond = (end: number) => Math.round(messageCount / ((end - start) / 1000));
  console.log(`Pub/Sub emulator, ${messageCount} messages of ${PAYLOAD.length} bytes:`);
  console.log(`  publish: ${perSecond(published)} messages/s`);
  console.log(`  publish to acknowledged: ${perSecond(acknowledged)} messages/s`);
}

/** Acknowledges all messages; resolves when `messageCount` acknowledgements are confirmed. */
function acknowledgeAll(subscription: Subscription, messageCount: number): Promise<void> {
  let acknowledged = 0;
  return new Promise((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('message', (message: Message) => {
      message.ackWithResponse().then(() => {
        acknowledged += 1;
        if (acknowledged === messageCount) resolve();
      }, reject);
    });
  });
}

async function benchLatency(client: PubSub): Promise<void> {
  const [topic] = await client.createTopic('latency');
  const [subscription] = await topic.createSubscription('latency');
  // Without batching, because the client would otherwise wait 10 ms for more messages.
  topic.setPublishOptions({ batching: { maxMessages: 1 } });
  let onArrival = (_time: number) => {};
  subscription.on('message', (message: Message) => {
    onArrival(performance.now());
    message.ack();
  });

  const roundTrip = async () => {
    const arrival = new Promise<number>((resolve) => {
      onArrival = resolve;
    });
    const start = performance.now();
    await topic.publishMessage({ data: PAYLOAD });
    return (await arrival) - start;
  };
  await roundTrip(); // opens the streams
  const latencies: number[] = [];
  for (let sample = 0; sample < LATENCY_SAMPLES; sample++) latencies.push(await roundTrip());
  await subscription.close();

  latencies.sort((a, b) => a - b);
  const percentile = (share: number) =>
    (latencies[Math.floor(latencies.length * share)] ?? Number.NaN).toFixed(2);
  console.log(`  publish to received: p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms`);
}

/** Publishes, pulls and acknowledges batch by batch, as Apache Beam does. */
async function benchRest(host: string, messageCount: number): Promise<void> {
  const call = async (method: string, path: string, request: object) => {
    const url = `http://${host}/v1/projects/bench/${path}`;
    const response = await fetch(url, { method, body: JSON.stringify(request) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return (await response.json()) as { receivedMessages: { ackId: string }[] };
  };
  await call('PUT', 'topics/rest', {});
  await call('PUT', 'subscriptions/rest', { topic: 'projects/bench/topics/rest' });
  const messages = Array.from({ length: REST_BATCH }, () => ({ data: PAYLOAD.toString('base64') }));

  const start = performance.now();
  for (let acknowledged = 0; acknowledged < messageCount; ) {
    await call('POST', 'topics/rest:publish', { messages });
    const pulled = await call('POST', 'subscriptions/rest:pull', { maxMessages: REST_BATCH });
    const ackIds = pulled.receivedMessages.map(({ ackId }) => ackId);
    await call('POST', 'subscriptions/rest:acknowledge', { ackIds });
    acknowledged += ackIds.length;
  }
  const perSecond = Math.round(messageCount / ((performance.now() - start) / 1000));
  console.log(
    `  REST, in batches of ${REST_BATCH}: publish to acknowledged: ${perSecond} messages/s`,
  );
}
