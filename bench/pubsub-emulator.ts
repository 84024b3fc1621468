import { type Message, PubSub, protos, type Subscription, type Topic } from '@google-cloud/pubsub';
import { Client, credentials } from '@grpc/grpc-js';
import { Command } from 'iex-test/support/command';
import {
  googlePubSubEmulatorJar,
  startGooglePubSubEmulator,
} from 'iex-test/support/google-pubsub-emulator';

const EMULATOR = 'packages/pubsub-emulator/bin/iex-pubsub-emulator.js';

const PAYLOAD = Buffer.alloc(200, 'x');
const LATENCY_SAMPLES = 500;

/** The most messages of a request. */
const REST_BATCH = 1_000;

/** The batches of the official Go client, and how many requests it has at a time. */
const BATCH = 100;
const CONCURRENT_REQUESTS = 8;

/**
 * Prints how fast the Pub/Sub emulator is, and Google's if this machine has it, each in a process of
 * its own: with the official client, `messageCount` messages of 200 bytes published alone and from
 * publish to acknowledged, then the time from publish to receipt of single ones. Then the same
 * messages over REST, and published alone in batches over gRPC.
 */
export async function benchPubSubEmulator(messageCount = 20_000): Promise<void> {
  // By default, the client looks for Google's metadata server and warns if there is none.
  process.env.METADATA_SERVER_DETECTION ??= 'none';
  const command = new Command(EMULATOR, ['--port', '0']);
  try {
    const [, host = ''] = await command.untilPrinted(/PUBSUB_EMULATOR_HOST=(\S+)/);
    await benchHost('Pub/Sub emulator', host, messageCount);
  } finally {
    await command.kill();
  }
  const jar = googlePubSubEmulatorJar();
  if (!jar)
    return console.log("Google's emulator or Java is not installed: nothing to compare with");
  const google = await startGooglePubSubEmulator(jar);
  try {
    await benchHost("Google's emulator", google.host, messageCount);
  } finally {
    await google.close();
  }
}

async function benchHost(name: string, host: string, messageCount: number): Promise<void> {
  const client = new PubSub({ projectId: 'bench', apiEndpoint: host });
  console.log(`${name}, ${messageCount} messages of ${PAYLOAD.length} bytes:`);
  try {
    await benchThroughput(client, messageCount);
    await benchLatency(client);
    await benchRest(host, messageCount);
    await benchPublish(host, messageCount * 10);
  } finally {
    await client.close();
  }
}

async function benchThroughput(client: PubSub, messageCount: number): Promise<void> {
  const [unread] = await client.createTopic('unread');
  await publishAll(unread, messageCount / 10); // warms up
  const publishStart = performance.now();
  await publishAll(unread, messageCount);
  printRate('publish to a topic without subscriptions', messageCount, publishStart);

  const [topic] = await client.createTopic('throughput');
  const [subscription] = await topic.createSubscription('throughput');
  const allAcknowledged = acknowledgeAll(subscription, messageCount);
  const start = performance.now();
  await publishAll(topic, messageCount);
  await allAcknowledged;
  printRate('publish to acknowledged', messageCount, start);
  await subscription.close();
}

async function publishAll(topic: Topic, messageCount: number): Promise<void> {
  const publish = () => topic.publishMessage({ data: PAYLOAD });
  await Promise.all(Array.from({ length: messageCount }, publish));
}

/** @param start in ms of the monotonic clock */
function printRate(what: string, messageCount: number, start: number): void {
  const seconds = (performance.now() - start) / 1000;
  console.log(`  ${what}: ${Math.round(messageCount / seconds)} messages/s`);
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
    const response = await fetch(url, {
      method,
      headers: JSON_TYPE,
      body: JSON.stringify(request),
    });
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
  printRate(`REST, in batches of ${REST_BATCH}: publish to acknowledged`, messageCount, start);
}

/** Google's emulator finds no method without it. */
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Publishes to a topic without subscriptions; the requests are encoded only once. */
async function benchPublish(host: string, messageCount: number): Promise<void> {
  const topic = 'projects/bench/topics/publish';
  await fetch(`http://${host}/v1/${topic}`, { method: 'PUT', headers: JSON_TYPE, body: '{}' });
  const { PublishRequest } = protos.google.pubsub.v1;
  const messages = Array.from({ length: BATCH }, () => ({ data: PAYLOAD }));
  const request = Buffer.from(PublishRequest.encode({ topic, messages }).finish());
  const client = new Client(host, credentials.createInsecure());
  const unchanged = (bytes: Buffer) => bytes;
  const publish = () =>
    new Promise((resolve, reject) => {
      const path = '/google.pubsub.v1.Publisher/Publish';
      client.makeUnaryRequest(path, unchanged, unchanged, request, (error, response) =>
        error ? reject(error) : resolve(response),
      );
    });
  const start = performance.now();
  let left = messageCount / BATCH;
  const sender = async () => {
    while (left-- > 0) await publish();
  };
  await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, sender));
  printRate(`gRPC, in batches of ${BATCH}: publish`, messageCount, start);
  client.close();
}
