import { once } from 'node:events';
import {
  type CreateSubscriptionOptions,
  type Message,
  PubSub,
  type protos,
  type Subscription,
  type Topic,
  v1,
} from '@google-cloud/pubsub';
import { expect } from 'chai';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import { untilTrue } from 'iex-test/support/until';

type StreamingPullResponse = protos.google.pubsub.v1.IStreamingPullResponse;

const INVALID_ARGUMENT = 3;
const FAILED_PRECONDITION = 9;

describe('Features of the Pub/Sub emulator, through the official client', () => {
  let emulator: PubSubEmulator;
  let client: PubSub;
  let subscriber: v1.SubscriberClient;
  let nameCount = 0;

  before(async () => {
    // By default, the client looks for Google's metadata server and warns if there is none.
    process.env.METADATA_SERVER_DETECTION ??= 'none';
    emulator = await startPubSubEmulator();
    client = new PubSub({ projectId: 'shop', apiEndpoint: emulator.host });
    const config = await client.getClientConfig();
    subscriber = new v1.SubscriberClient(
      config as ConstructorParameters<typeof v1.SubscriberClient>[0],
    );
  });

  after(async () => {
    await Promise.all([client.close(), subscriber.close()]);
    await emulator.close();
  });

  const freshName = () => `feature-${++nameCount}`;

  async function createPair(options: CreateSubscriptionOptions = {}, topicOptions = {}) {
    const [topic] = await client.createTopic({ name: freshName(), ...topicOptions });
    const [subscription] = await topic.createSubscription(freshName(), options);
    return { topic, subscription };
  }

  const publish = (topic: Topic, ...texts: string[]) =>
    Promise.all(texts.map((text) => topic.publishMessage({ data: Buffer.from(text) })));

  async function pull(subscription: Subscription) {
    const request = { subscription: subscription.name, maxMessages: 100, returnImmediately: true };
    const [{ receivedMessages }] = await subscriber.pull(request, { retry: null });
    return receivedMessages ?? [];
  }

  /** Pulls and acknowledges what is there. */
  async function receive(subscription: Subscription): Promise<string[]> {
    const received = await pull(subscription);
    const ackIds = received.map(({ ackId }) => ackId ?? '');
    if (ackIds.length > 0)
      await subscriber.acknowledge({ subscription: subscription.name, ackIds });
    return received.map(({ message }) => String(message?.data));
  }

  const failureOf = (call: Promise<unknown>) =>
    call.then(
      () => expect.fail('The call did not fail.'),
      (error: { code: number; message: string; errorInfoMetadata?: object }) => error,
    );

  /** Collects the messages of a subscription until it is closed. */
  function listen(subscription: Subscription, onMessage: (message: Message) => void) {
    const errors: Error[] = [];
    subscription.on('error', (error) => errors.push(error));
    subscription.on('message', onMessage);
    return { errors, close: () => subscription.close() };
  }

  it('deliver what matches a filter, and refuse an invalid one', async () => {
    const { topic, subscription } = await createPair({ filter: 'attributes.symbol = "AAPL"' });
    for (const symbol of ['AAPL', 'GME']) {
      await topic.publishMessage({ data: Buffer.from(symbol), attributes: { symbol } });
    }
    expect(await receive(subscription)).to.deep.equal(['AAPL']);
    const refused = await failureOf(topic.createSubscription(freshName(), { filter: 'symbol' }));
    expect(refused.code).to.equal(INVALID_ARGUMENT);
  });

  it('deliver messages of a key in order, and again from the first that is nacked', async () => {
    const { topic, subscription } = await createPair({ enableMessageOrdering: true });
    topic.setPublishOptions({ messageOrdering: true });
    const texts = Array.from({ length: 300 }, (_, i) => String(i));
    const received: string[] = [];
    let hasNacked = false;
    const listener = listen(subscription, (message) => {
      received.push(String(message.data));
      if (String(message.data) === '100' && !hasNacked) {
        hasNacked = true;
        message.nack();
      } else {
        message.ack();
      }
    });
    await Promise.all(
      texts.map((text) => topic.publishMessage({ data: Buffer.from(text), orderingKey: 'AAPL' })),
    );
    await untilTrue(() => received.at(-1) === '299' && received.length > 300);
    await listener.close();
    expect(received.slice(0, 101)).to.deep.equal(texts.slice(0, 101));
    const second = received.lastIndexOf('100');
    expect(received.slice(second)).to.deep.equal(texts.slice(100));
    expect(await receive(subscription)).to.deep.equal([]);
  });

  it('seek to a time and to a snapshot', async () => {
    const { topic, subscription } = await createPair({ retainAckedMessages: true });
    await publish(topic, '1');
    const [snapshot] = await subscription.createSnapshot(freshName());
    expect(await receive(subscription)).to.deep.equal(['1']);
    await publish(topic, '2');
    expect(await receive(subscription)).to.deep.equal(['2']);
    await snapshot.seek();
    expect((await receive(subscription)).sort()).to.deep.equal(['1', '2']);
    await subscription.seek(new Date(Date.now() - 60_000));
    expect((await receive(subscription)).sort()).to.deep.equal(['1', '2']);
    await subscription.seek(new Date(Date.now() + 60_000));
    expect(await receive(subscription)).to.deep.equal([]);
    const [snapshots] = await client.getSnapshots();
    expect(snapshots.map(({ name }) => name)).to.deep.equal([snapshot.name]);
    await snapshot.delete();
    expect((await client.getSnapshots())[0]).to.deep.equal([]);
  });

  it('replay what a topic retains to a new subscription', async () => {
    const messageRetentionDuration = { seconds: 600 };
    const { topic, subscription } = await createPair({}, { messageRetentionDuration });
    await publish(topic, '1', '2');
    const [late] = await topic.createSubscription(freshName());
    await late.seek(new Date(0));
    expect((await receive(late)).sort()).to.deep.equal(['1', '2']);
    const [metadata] = await subscription.getMetadata();
    expect(metadata.topicMessageRetentionDuration?.seconds).to.equal('600');
  });

  it('detach a subscription from its topic, which ends its streams', async () => {
    const { topic, subscription } = await createPair();
    const listener = listen(subscription, (message) => message.ack());
    await publish(topic, '1');
    await client.detachSubscription(subscription.name);
    await untilTrue(() => listener.errors.length > 0);
    expect(listener.errors[0]).to.have.property('code', FAILED_PRECONDITION);
    expect((await failureOf(pull(subscription))).code).to.equal(FAILED_PRECONDITION);
    expect((await topic.getSubscriptions())[0]).to.deep.equal([]);
    await listener.close();
  });

  describe('with exactly-once delivery', () => {
    it('confirm acknowledgements, and refuse ack ids that are no longer valid', async () => {
      const { topic, subscription } = await createPair({ enableExactlyOnceDelivery: true });
      await publish(topic, '1');
      const outcomes: string[] = [];
      const listener = listen(subscription, (message) => {
        const { ackId } = message;
        void message
          .ackWithResponse()
          .then((response) => outcomes.push(response))
          .then(() => subscriber.acknowledge({ subscription: subscription.name, ackIds: [ackId] }))
          .catch(({ errorInfoMetadata }) => outcomes.push(errorInfoMetadata[ackId]));
      });
      await untilTrue(() => outcomes.length === 2);
      expect(outcomes).to.deep.equal(['SUCCESS', 'PERMANENT_FAILURE_INVALID_ACK_ID']);
      await listener.close();
    });

    it('keep the other ack ids of a request in effect', async () => {
      const { topic, subscription } = await createPair({ enableExactlyOnceDelivery: true });
      await publish(topic, '1', '2');
      const ackIds = (await pull(subscription)).map(({ ackId }) => ackId ?? '');
      const [stale = '', valid = ''] = ackIds;
      const { name } = subscription;
      await subscriber.modifyAckDeadline({
        subscription: name,
        ackIds: [stale],
        ackDeadlineSeconds: 0,
      });
      const failure = await failureOf(
        subscriber.acknowledge({ subscription: name, ackIds: [stale, valid] }),
      );
      expect(failure.code).to.equal(INVALID_ARGUMENT);
      expect(failure.errorInfoMetadata).to.deep.equal({
        [stale]: 'PERMANENT_FAILURE_INVALID_ACK_ID',
      });
      expect(await receive(subscription)).to.have.lengthOf(1);
    });

    it('give the same details over REST', async () => {
      const { subscription } = await createPair({ enableExactlyOnceDelivery: true });
      const response = await fetch(`http://${emulator.host}/v1/${subscription.name}:acknowledge`, {
        method: 'POST',
        body: JSON.stringify({ ackIds: ['nonsense'] }),
      });
      expect(response.status).to.equal(400);
      const { error } = (await response.json()) as { error: { details: object[] } };
      expect(error.details).to.deep.equal([
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'EXACTLY_ONCE_ACKID_FAILURE',
          domain: 'pubsub.googleapis.com',
          metadata: { nonsense: 'PERMANENT_FAILURE_INVALID_ACK_ID' },
        },
      ]);
    });

    it('refuse acknowledgements out of order, for a time', async () => {
      const { topic, subscription } = await createPair({
        enableExactlyOnceDelivery: true,
        enableMessageOrdering: true,
      });
      topic.setPublishOptions({ messageOrdering: true });
      for (const text of ['1', '2']) {
        await topic.publishMessage({ data: Buffer.from(text), orderingKey: 'AAPL' });
      }
      const [first = '', second = ''] = (await pull(subscription)).map(({ ackId }) => ackId ?? '');
      const { name } = subscription;
      const failure = await failureOf(
        subscriber.acknowledge({ subscription: name, ackIds: [second] }),
      );
      expect(failure.errorInfoMetadata).to.deep.equal({
        [second]: 'TRANSIENT_FAILURE_UNORDERED_ACK_ID',
      });
      await subscriber.acknowledge({ subscription: name, ackIds: [first, second] });
    });
  });

  describe('streams', () => {
    /** Opens a stream by its raw requests and collects its responses. */
    function open(subscription: Subscription, first: object = {}) {
      const responses: StreamingPullResponse[] = [];
      const stream = subscriber.streamingPull();
      const failed = once(stream, 'error').then(([error]) => error as { code: number });
      failed.catch(() => {}); // of streams that end without an error
      stream.on('data', (response) => responses.push(response));
      stream.write({ subscription: subscription.name, streamAckDeadlineSeconds: 10, ...first });
      return { stream, responses, failed };
    }

    it('answer empty requests from version 1 of the protocol on', async () => {
      const { subscription } = await createPair();
      const old = open(subscription);
      const current = open(subscription, { protocolVersion: 1 });
      for (const { stream } of [old, current]) stream.write({});
      await untilTrue(() => current.responses.length === 1);
      expect(current.responses[0]?.receivedMessages).to.deep.equal([]);
      for (const { stream } of [old, current]) stream.end();
      await once(old.stream, 'end');
      expect(old.responses).to.deep.equal([]);
    });

    for (const later of [
      { subscription: 'projects/shop/subscriptions/other' },
      { maxOutstandingMessages: 5 },
      { maxOutstandingBytes: 5 },
      { protocolVersion: 1 },
    ]) {
      it(`fail when a later request sets ${Object.keys(later)}`, async () => {
        const { subscription } = await createPair();
        const { stream, failed } = open(subscription);
        stream.write(later);
        expect((await failed).code).to.equal(INVALID_ARGUMENT);
      });
    }

    it('confirm acknowledgements and deadlines with exactly-once delivery', async () => {
      const { topic, subscription } = await createPair({ enableExactlyOnceDelivery: true });
      await publish(topic, '1');
      const { stream, responses } = open(subscription);
      await untilTrue(() => responses.length === 1);
      expect(responses[0]?.subscriptionProperties).to.deep.equal({
        exactlyOnceDeliveryEnabled: true,
        messageOrderingEnabled: false,
      });
      const ackId = responses[0]?.receivedMessages?.[0]?.ackId ?? '';
      stream.write({
        ackIds: ['nonsense', ackId],
        modifyDeadlineAckIds: [ackId],
        modifyDeadlineSeconds: [20],
      });
      await untilTrue(() => responses.length === 2);
      const { acknowledgeConfirmation, modifyAckDeadlineConfirmation } = responses[1] ?? {};
      expect(acknowledgeConfirmation).to.deep.include({
        ackIds: [ackId],
        invalidAckIds: ['nonsense'],
      });
      expect(modifyAckDeadlineConfirmation).to.deep.include({ ackIds: [], invalidAckIds: [ackId] });
      stream.end();
      await once(stream, 'end');
    });
  });
});
