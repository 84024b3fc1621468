import { type Message, PubSub, protos, type Subscription, type Topic } from '@google-cloud/pubsub';
import { Client, credentials } from '@grpc/grpc-js';
import { Command } from 'iex-test/support/command';
import {
  googlePubSubEmulatorJar,
  startGooglePubSubEmulator,
} from 'iex-test/support/google-pubsub-emulator';

const EMULATOR = 'packages/pubsub-emulator/bin/iex-pubsub-emulator.js';

const PAYLOAD = Buffer.alloc(200, 'x');
const MESSAGES = 20_000;
const PUBLISHED = 10 * MESSAGES;
const LATENCY_SAMPLES = 500;
const ROUNDS = 3;

/** The most messages of a request. */
const REST_BATCH = 1_000;

/** The batches of the official Go client, and how many requests it has at a time. */
const BATCH = 100;
const CONCURRENT_REQUESTS = 8;

/** Adds a figure to those of a measure, such as messages/s. */
type Recorder = (measure: string, figure: number) => void;

/**
 * Prints how fast the Pub/Sub emulator is, and Google's if this machine has it, each in a process of
 * its own: with the official client, 20,000 messages of 200 bytes published alone and from
 * publish to acknowledged, then the time from publish to receipt of single ones. Then the same
 * messages over REST, and published alone in batches over gRPC. They take turns, so that what else
 * the machine does slows both; the figures are medians.
 */
export async function benchPubSubEmulator(): Promise<void> {
  // By default, the client looks for Google's metadata server and warns if there is none.
  process.env.METADATA_SERVER_DETECTION ??= 'none';
  const jar = googlePubSubEmulatorJar();
  const command = new Command(EMULATOR, ['--port', '0']);
  const google = jar ? await startGooglePubSubEmulator(jar) : undefined;
  try {
    const [, host = ''] = await command.untilPrinted(/PUBSUB_EMULATOR_HOST=(\S+)/);
    const ours = new Map<string, number[]>();
    const theirs = new Map<string, number[]>();
    for (let round = 0; round < ROUNDS; round++) {
      await benchHost(host, `bench-${round}`, ours);
      if (google) await benchHost(google.host, `bench-${round}`, theirs);
    }
    console.log(`${MESSAGES} messages of ${PAYLOAD.length} bytes, Google's emulator in brackets:`);
    for (const [measure, figures] of ours) {
      const others = theirs.get(measure);
      console.log(`  ${measure}: ${median(figures)}${others ? ` (${median(others)})` : ''}`);
    }
  } finally {
    await command.kill();
    await google?.close();
  }
}

function median(figures: number[]): string {
  const middle = figures.sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
  return middle < 100 ? middle.toFixed(2) : middle.toFixed(0);
}

/** Projects of their own keep the topics of one round from those of another. */
async function benchHost(
  host: string,
  projectId: string,
  results: Map<string, number[]>,
): Promise<void> {
  const record: Recorder = (measure, figure) => {
    results.set(measure, [...(results.get(measure) ?? []), figure]);
  };
  const client = new PubSub({ projectId, apiEndpoint: host });
  try {
    await benchThroughput(client, record);
    await benchLatency(client, record);
    await benchRest(host, projectId, record);
    await benchPublish(host, projectId, record);
  } finally {
    await client.close();
  }
}

async function benchThroughput(client: PubSub, record: Recorder): Promise<void> {
  const [unread] = await client.createTopic('unread');
  const publishStart = performance.now();
  await publishAll(unread);
  record('publish to a topic without subscriptions, messages/s', rate(MESSAGES, publishStart));

  const [topic] = await client.createTopic('throughput');
  const [subscription] = await topic.createSubscription('throughput');
  const allAcknowledged = acknowledgeAll(subscription);
  const start = performance.now();
  await publishAll(topic);
  await allAcknowledged;
  record('publish to acknowledged, messages/s', rate(MESSAGES, start));
  await subscription.close();
}

async function publishAll(topic: Topic): Promise<void> {
  const publish = () => topic.publishMessage({ data: PAYLOAD });
  await Promise.all(Array.from({ length: MESSAGES }, publish));
}

/**
 * @param start in ms of the monotonic clock
 * @returns messages/s since then
 */
function rate(messageCount: number, start: number): number {
  return messageCount / ((performance.now() - start) / 1000);
}

/** Acknowledges all messages; resolves when all acknowledgements are confirmed. */
function acknowledgeAll(subscription: Subscription): Promise<void> {
  let acknowledged = 0;
  return new Promise((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('message', (message: Message) => {
      message.ackWithResponse().then(() => {
        acknowledged += 1;
        if (acknowledged === MESSAGES) resolve();
      }, reject);
    });
  });
}

async function benchLatency(client: PubSub, record: Recorder): Promise<void> {
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
  for (const percent of [50, 99]) {
    const figure = latencies[Math.floor((latencies.length * percent) / 100)] ?? Number.NaN;
    record(`publish to received, ms, ${percent} % below`, figure);
  }
}

/** Publishes, pulls and acknowledges batch by batch, as Apache Beam does. */
async function benchRest(host: string, projectId: string, record: Recorder): Promise<void> {
  const call = async (method: string, path: string, request: object) => {
    const response = await fetch(`http://${host}/v1/projects/${projectId}/${path}`, {
      method,
      headers: JSON_TYPE,
      body: JSON.stringify(request),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return (await response.json()) as { receivedMessages: { ackId: string }[] };
  };
  await call('PUT', 'topics/rest', {});
  await call('PUT', 'subscriptions/rest', { topic: `projects/${projectId}/topics/rest` });
  const messages = Array.from({ length: REST_BATCH }, () => ({ data: PAYLOAD.toString('base64') }));

  const start = performance.now();
  for (let acknowledged = 0; acknowledged < MESSAGES; ) {
    await call('POST', 'topics/rest:publish', { messages });
    const pulled = await call('POST', 'subscriptions/rest:pull', { maxMessages: REST_BATCH });
    const ackIds = pulled.receivedMessages.map(({ ackId }) => ackId);
    await call('POST', 'subscriptions/rest:acknowledge', { ackIds });
    acknowledged += ackIds.length;
  }
  const measure = `REST, in batches of ${REST_BATCH}: publish to acknowledged, messages/s`;
  record(measure, rate(MESSAGES, start));
}

/** Google's emulator finds no method without it. */
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Publishes to a topic without subscriptions; the requests are encoded only once. */
async function benchPublish(host: string, projectId: string, record: Recorder): Promise<void> {
  const topic = `projects/${projectId}/topics/publish`;
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
  let left = PUBLISHED / BATCH;
  const sender = async () => {
    while (left-- > 0) await publish();
  };
  await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, sender));
  record(`gRPC, in batches of ${BATCH}: publish, messages/s`, rate(PUBLISHED, start));
  client.close();
}
