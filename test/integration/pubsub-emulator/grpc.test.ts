import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
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
import {
  type PubSubEmulator,
  PubSubEmulatorStartError,
  startPubSubEmulator,
} from 'iex-pubsub-emulator';
import { HttpPushTransport } from 'iex-pubsub-emulator/push/transport';
import { untilTrue } from 'iex-test/support/until';

type StreamingPullResponse = protos.google.pubsub.v1.IStreamingPullResponse;

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const FAILED_PRECONDITION = 9;
const UNIMPLEMENTED = 12;

describe('Pub/Sub emulator, through the official client', () => {
  let emulator: PubSubEmulator;
  let client: PubSub;
  let subscriber: v1.SubscriberClient;
  let publisher: v1.PublisherClient;
  let nameCount = 0;

  before(async () => {
    // By default, the client looks for Google's metadata server and warns if there is none.
    process.env.METADATA_SERVER_DETECTION ??= 'none';
    emulator = await startPubSubEmulator();
    client = new PubSub({ projectId: 'shop', apiEndpoint: emulator.host });
    const config = await clientConfig(client);
    subscriber = new v1.SubscriberClient(config);
    publisher = new v1.PublisherClient(config);
  });

  after(async () => {
    await Promise.all([client.close(), subscriber.close(), publisher.close()]);
    await emulator.close();
  });

  function freshName(): string {
    nameCount += 1;
    return `name-${nameCount}`;
  }

  async function createPair(
    options: CreateSubscriptionOptions = {},
  ): Promise<{ topic: Topic; subscription: Subscription }> {
    const [topic] = await client.createTopic(freshName());
    const [subscription] = await topic.createSubscription(freshName(), options);
    return { topic, subscription };
  }

  async function publish(topic: Topic, ...texts: string[]): Promise<string[]> {
    return Promise.all(texts.map((text) => topic.publishMessage({ data: Buffer.from(text) })));
  }

  /** One unary pull, which waits up to `timeout` ms; without that it returns at once. */
  async function pull(subscription: Subscription, maxMessages = 100, timeout?: number) {
    const [{ receivedMessages }] = await subscriber.pull(
      { subscription: subscription.name, maxMessages, returnImmediately: timeout === undefined },
      { timeout: timeout ?? 30_000, retry: null },
    );
    return (receivedMessages ?? []).map(({ ackId, message, deliveryAttempt }) => ({
      ackId: ackId ?? '',
      text: String(message?.data ?? ''),
      message,
      deliveryAttempt,
    }));
  }

  /** Pulls one message, which has to come within 30 s. */
  async function pullOne(subscription: Subscription) {
    const [received] = await pull(subscription, 1, 30_000);
    if (!received) throw new Error('No message has come.');
    return received;
  }

  async function setDeadline(subscription: Subscription, ackId: string, seconds: number) {
    await subscriber.modifyAckDeadline({
      subscription: subscription.name,
      ackIds: [ackId],
      ackDeadlineSeconds: seconds,
    });
  }

  /** Opens a raw streaming pull, which acknowledges nothing by itself. */
  function openStream(request: { subscription: string; [option: string]: unknown }) {
    const stream = subscriber.streamingPull();
    const received: { ackId: string; text: string }[] = [];
    let error: { code: number } | undefined;
    stream.on('data', ({ receivedMessages }: StreamingPullResponse) => {
      for (const { ackId, message } of receivedMessages ?? []) {
        received.push({ ackId: ackId ?? '', text: String(message?.data) });
      }
    });
    stream.on('error', (reason: { code: number }) => {
      error = reason;
    });
    stream.write({ streamAckDeadlineSeconds: 10, ...request });
    return { stream, received, status: () => error?.code };
  }

  describe('topics and subscriptions', () => {
    it('creates, finds, lists and deletes', async () => {
      const { topic, subscription } = await createPair({ labels: { team: 'quotes' } });
      await topic.setMetadata({ labels: { stage: 'test' } });

      const [topicMetadata] = await topic.getMetadata();
      expect(topicMetadata).to.deep.include({ name: topic.name, labels: { stage: 'test' } });
      const [metadata] = await subscription.getMetadata();
      expect(metadata).to.deep.include({ topic: topic.name, labels: { team: 'quotes' } });
      expect(metadata.ackDeadlineSeconds).to.equal(10);
      expect(metadata.state).to.equal('ACTIVE');
      const names = (resources: { name: string }[]) => resources.map(({ name }) => name);
      expect(names((await client.getTopics())[0])).to.include(topic.name);
      expect(names((await client.getSubscriptions())[0])).to.include(subscription.name);
      expect(names((await topic.getSubscriptions())[0])).to.deep.equal([subscription.name]);

      await subscription.delete();
      await topic.delete();
      expect(await subscription.exists()).to.deep.equal([false]);
      expect(await topic.exists()).to.deep.equal([false]);
    });

    it('lists page by page', async () => {
      const [topic] = await client.createTopic(freshName());
      const created = await Promise.all(
        [1, 2, 3].map(async () => (await topic.createSubscription(freshName()))[0].name),
      );
      const listed: string[] = [];
      let pageToken = '';
      do {
        const [names, , response] = await publisher.listTopicSubscriptions(
          { topic: topic.name, pageSize: 2, pageToken },
          { autoPaginate: false },
        );
        expect(names.length).to.be.at.most(2);
        listed.push(...names);
        pageToken = response?.nextPageToken ?? '';
      } while (pageToken);
      expect(listed).to.have.members(created);
    });

    it('updates the fields of the mask and no others', async () => {
      const { subscription } = await createPair({ labels: { a: '1' }, retainAckedMessages: true });
      await subscription.setMetadata({
        ackDeadlineSeconds: 30,
        retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 10 } },
      });
      const [metadata] = await subscription.getMetadata();
      expect(metadata).to.deep.include({
        ackDeadlineSeconds: 30,
        labels: { a: '1' },
        retainAckedMessages: true,
      });
      expect(Number(metadata.retryPolicy?.maximumBackoff?.seconds)).to.equal(10);
    });

    it('responds with the statuses of the service', async () => {
      const { topic, subscription } = await createPair();
      const missing = client.topic('missing');
      expect(await statusOf(client.createTopic(topic.name))).to.equal(ALREADY_EXISTS);
      expect(await statusOf(topic.createSubscription(subscription.name))).to.equal(ALREADY_EXISTS);
      expect(await statusOf(missing.getMetadata())).to.equal(NOT_FOUND);
      expect(await statusOf(missing.delete())).to.equal(NOT_FOUND);
      expect(await statusOf(missing.createSubscription(freshName()))).to.equal(NOT_FOUND);
      expect(await statusOf(client.subscription('missing').delete())).to.equal(NOT_FOUND);
      expect(await statusOf(client.createTopic('1'))).to.equal(INVALID_ARGUMENT);
      const tooShort = topic.createSubscription(freshName(), { ackDeadlineSeconds: 9 });
      expect(await statusOf(tooShort)).to.equal(INVALID_ARGUMENT);
    });

    it('refuses what it does not implement', async () => {
      const { topic } = await createPair();
      const refused = [
        topic.createSubscription(freshName(), { bigqueryConfig: { table: 'p.d.t' } }),
      ];
      expect(await Promise.all(refused.map(statusOf))).to.deep.equal(
        refused.map(() => UNIMPLEMENTED),
      );
    });
  });

  describe('publish', () => {
    it('delivers data, attributes, id, ordering key and publish time', async () => {
      const { topic, subscription } = await createPair();
      const before = Date.now();
      const id = await topic.publishMessage({
        data: Buffer.from([0, 255, 10]),
        attributes: { symbol: 'AAPL', empty: '' },
      });
      const { message } = await pullOne(subscription);
      expect(message?.messageId).to.equal(id);
      expect(message?.data).to.deep.equal(Buffer.from([0, 255, 10]));
      expect(message?.attributes).to.deep.equal({ symbol: 'AAPL', empty: '' });
      const { seconds, nanos } = message?.publishTime ?? {};
      expect(Number(seconds) * 1000 + Number(nanos) / 1e6).to.be.within(before, Date.now());
    });

    it('refuses empty messages, requests above 10 MB, and missing topics', async () => {
      const [topic] = await client.createTopic(freshName());
      const send = (data: Buffer) => publisher.publish({ topic: topic.name, messages: [{ data }] });
      expect(await statusOf(send(Buffer.alloc(0)))).to.equal(INVALID_ARGUMENT);
      expect(await statusOf(send(Buffer.alloc(10_000_001)))).to.equal(INVALID_ARGUMENT);
      await send(Buffer.alloc(10_000_000));
      expect(await statusOf(publish(client.topic('missing'), 'x'))).to.equal(NOT_FOUND);
    });
  });

  describe('pull', () => {
    it('waits for a message', async () => {
      const { topic, subscription } = await createPair();
      const waiting = pullOne(subscription);
      await publish(topic, 'late');
      expect((await waiting).text).to.equal('late');
    });

    it('returns at once when asked to', async () => {
      const { subscription } = await createPair();
      expect(await pull(subscription)).to.deep.equal([]);
    });

    it('loses no message to a call that has passed its deadline', async () => {
      const { topic, subscription } = await createPair();
      const DEADLINE_EXCEEDED = 4;
      expect(await statusOf(pull(subscription, 1, 100))).to.equal(DEADLINE_EXCEEDED);
      await publish(topic, 'kept');
      expect((await pull(subscription)).map(({ text }) => text)).to.deep.equal(['kept']);
    });

    it('loses no message to a client that has hung up', async () => {
      const { topic, subscription } = await createPair();
      const { name } = subscription;
      const stub = await subscriber.subscriberStub;
      const call = stub?.pull?.call(stub, { subscription: name, maxMessages: 1 }, () => {});
      await subscriber.getSubscription({ subscription: name }); // the pull is there by now
      call.cancel();
      await subscriber.getSubscription({ subscription: name }); // and so is the cancellation
      await publish(topic, 'kept');
      expect((await pullOne(subscription)).text).to.equal('kept');
    });

    it('delivers again at the deadline, not before, and not once acknowledged', async () => {
      const { topic, subscription } = await createPair();
      await publish(topic, 'again');
      const first = await pullOne(subscription);
      await setDeadline(subscription, first.ackId, 1);
      const leasedAt = performance.now();
      const second = await pullOne(subscription);
      // Before the deadline of 10 s that it had at first.
      expect(performance.now() - leasedAt).to.be.within(900, 9_000);
      expect(second.text).to.equal('again');
      await subscriber.acknowledge({ subscription: subscription.name, ackIds: [second.ackId] });
      await setDeadline(subscription, second.ackId, 0); // too late for a nack
      expect(await pull(subscription)).to.deep.equal([]);
    });

    it('delivers a nacked message again at once', async () => {
      const { topic, subscription } = await createPair();
      await publish(topic, 'again');
      await setDeadline(subscription, (await pullOne(subscription)).ackId, 0);
      expect(await pull(subscription)).to.have.lengthOf(1);
    });

    it('waits for the backoff of a retry policy', async () => {
      const { topic, subscription } = await createPair({
        retryPolicy: { minimumBackoff: { nanos: 5e8 }, maximumBackoff: { seconds: 1 } },
      });
      await publish(topic, 'again');
      await setDeadline(subscription, (await pullOne(subscription)).ackId, 0);
      const nackedAt = performance.now();
      await pullOne(subscription);
      expect(performance.now() - nackedAt).to.be.at.least(450);
    });

    it('refuses invalid ack ids and push subscriptions', async () => {
      const { subscription } = await createPair();
      const request = { subscription: subscription.name, ackIds: ['nonsense'] };
      expect(await statusOf(subscriber.acknowledge(request))).to.equal(INVALID_ARGUMENT);
      await subscription.modifyPushConfig({ pushEndpoint: 'http://127.0.0.1:1/' });
      expect(await statusOf(pull(subscription))).to.equal(FAILED_PRECONDITION);
    });
  });

  describe('dead letters', () => {
    it('go to their topic after the last attempt', async () => {
      const deadLetters = await createPair();
      const { topic, subscription } = await createPair({
        deadLetterPolicy: { deadLetterTopic: deadLetters.topic.name, maxDeliveryAttempts: 5 },
      });
      await topic.publishMessage({ data: Buffer.from('poison'), attributes: { a: 'b' } });
      const attempts: number[] = [];
      subscription.on('message', (message: Message) => {
        attempts.push(message.deliveryAttempt);
        message.nack();
      });
      const { message, text } = await pullOne(deadLetters.subscription);
      await subscription.close();
      expect(attempts).to.deep.equal([1, 2, 3, 4, 5]);
      expect(text).to.equal('poison');
      expect(message?.attributes).to.include({
        a: 'b',
        CloudPubSubDeadLetterSourceDeliveryCount: '5',
        CloudPubSubDeadLetterSourceSubscription: subscription.name.split('/').at(-1),
        CloudPubSubDeadLetterSourceSubscriptionProject: 'shop',
      });
    });
  });

  describe('dead letters that exceed the limits by the attributes that are added', () => {
    const deadLetterPolicy = (topic: Topic) => ({
      deadLetterTopic: topic.name,
      maxDeliveryAttempts: 5,
    });
    const attributes = Object.fromEntries(Array.from({ length: 98 }, (_, i) => [`key-${i}`, 'x']));
    const messages = {
      'of 98 attributes': { data: Buffer.from('poison'), attributes },
      'of 10 MB less 20 bytes': { data: Buffer.alloc(10_000_000 - 20), attributes: {} },
    };

    for (const [name, message] of Object.entries(messages)) {
      it(`go to their topic, ${name}, by pull and nack`, async () => {
        const deadLetters = await createPair();
        const { topic, subscription } = await createPair({
          deadLetterPolicy: deadLetterPolicy(deadLetters.topic),
        });
        await topic.publishMessage(message);
        for (let attempt = 1; attempt <= 5; attempt++) {
          await setDeadline(subscription, (await pullOne(subscription)).ackId, 0);
        }
        const { message: deadLetter } = await pullOne(deadLetters.subscription);
        expect(deadLetter?.data).to.have.lengthOf(message.data.length);
        expect(deadLetter?.attributes).to.include(message.attributes);
        expect(await pull(subscription)).to.deep.equal([]);
      });

      it(`go to their topic, ${name}, by push`, async () => {
        const endpoint = await startEndpoint();
        endpoint.status = 500;
        const deadLetters = await createPair();
        const { topic } = await createPair({
          pushEndpoint: endpoint.url,
          deadLetterPolicy: deadLetterPolicy(deadLetters.topic),
          retryPolicy: { minimumBackoff: { nanos: 1e6 }, maximumBackoff: { nanos: 1e6 } },
        });
        await topic.publishMessage(message);
        const { message: deadLetter } = await pullOne(deadLetters.subscription);
        await endpoint.close();
        expect(deadLetter?.data).to.have.lengthOf(message.data.length);
        expect(deadLetter?.attributes).to.include(message.attributes);
      });
    }

    it('are also made from messages that cannot be sent to their endpoint', async () => {
      const deadLetters = await createPair();
      const { topic } = await createPair({
        pushEndpoint: 'http://%zz@127.0.0.1:1/',
        deadLetterPolicy: deadLetterPolicy(deadLetters.topic),
        retryPolicy: { minimumBackoff: { nanos: 1e6 }, maximumBackoff: { nanos: 1e6 } },
      });
      await publish(topic, 'nowhere');
      expect((await pullOne(deadLetters.subscription)).text).to.equal('nowhere');
    });
  });

  describe('streaming pull', () => {
    it('delivers thousands of messages once each and acknowledges them', async () => {
      const { topic, subscription } = await createPair();
      const ids: string[] = [];
      let acknowledged = 0;
      subscription.on('message', async (message: Message) => {
        ids.push(message.id);
        await message.ackWithResponse();
        acknowledged += 1;
      });
      const texts = Array.from({ length: 3_000 }, (_, i) => String(i));
      const published = await publish(topic, ...texts);
      await untilTrue(() => acknowledged === published.length);
      await subscription.close();
      expect(ids).to.have.lengthOf(published.length);
      expect(new Set(ids)).to.deep.equal(new Set(published));
      expect(await pull(subscription)).to.deep.equal([]);
    });

    it('delivers a message once its publisher knows that it is published', async () => {
      const { topic, subscription } = await createPair();
      topic.setPublishOptions({ batching: { maxMessages: 1 } });
      const events: string[] = [];
      const received = new EventEmitter();
      subscription.on('message', (message: Message) => {
        events.push('received');
        received.emit(message.data.toString());
        message.ack();
      });
      const rounds = Array.from({ length: 50 }, (_, round) => `round ${round}`);
      for (const round of rounds) {
        const arrival = once(received, round);
        await publish(topic, round);
        events.push('published');
        await arrival;
      }
      await subscription.close();
      expect(events).to.deep.equal(rounds.flatMap(() => ['published', 'received']));
    });

    it('sends no more than the messages that may be outstanding', async () => {
      const { topic, subscription } = await createPair();
      await publish(topic, '1', '2', '3', '4', '5');
      const { name } = subscription;
      const { stream, received } = openStream({ subscription: name, maxOutstandingMessages: 2 });
      await untilTrue(() => received.length === 2);
      stream.write({ ackIds: [received[0]?.ackId] });
      await untilTrue(() => received.length === 3);
      await subscriber.acknowledge({ subscription: name, ackIds: [received[1]?.ackId ?? ''] });
      await untilTrue(() => received.length === 4);
      await setDeadline(subscription, received[2]?.ackId ?? '', 60);
      // A response to another request shows that nothing more was sent in the meantime.
      expect((await pull(subscription)).map(({ text }) => text)).to.have.lengthOf(1);
      expect(received).to.have.lengthOf(4);
      stream.cancel();
    });

    it('sends no more once the bytes that may be outstanding are reached', async () => {
      const { topic, subscription } = await createPair();
      await publish(topic, ...['1', '2', '3', '4'].map((digit) => digit.repeat(600)));
      const { name } = subscription;
      const { stream, received } = openStream({ subscription: name, maxOutstandingBytes: 1_000 });
      await untilTrue(() => received.length === 2);
      expect(await pull(subscription)).to.have.lengthOf(2);
      expect(received).to.have.lengthOf(2);
      stream.cancel();
    });

    it('takes nacks and empty requests on the stream', async () => {
      const { topic, subscription } = await createPair();
      const { stream, received, status } = openStream({ subscription: subscription.name });
      stream.write({});
      await publish(topic, 'again');
      await untilTrue(() => received.length === 1);
      const { ackId } = received[0] ?? {};
      stream.write({ modifyDeadlineAckIds: [ackId], modifyDeadlineSeconds: [0] });
      await untilTrue(() => received.length === 2);
      expect(received[1]?.text).to.equal('again');
      expect(status()).to.equal(undefined);
      stream.cancel();
    });

    it('finishes when the client half-closes', async () => {
      const { subscription } = await createPair();
      const { stream } = openStream({ subscription: subscription.name });
      stream.end();
      await once(stream, 'end');
    });

    it('keeps the leases of a closed stream until their deadline', async () => {
      const { topic, subscription } = await createPair();
      const { stream, received } = openStream({ subscription: subscription.name });
      await publish(topic, 'leased');
      await untilTrue(() => received.length === 1);
      await setDeadline(subscription, received[0]?.ackId ?? '', 1);
      stream.cancel();
      expect(await pull(subscription)).to.deep.equal([]);
      expect((await pullOne(subscription)).text).to.equal('leased');
    });

    it('delivers the messages again that a killed process has leased', async () => {
      const { topic, subscription } = await createPair();
      const child = spawn(
        process.execPath,
        ['--eval', SUBSCRIBER_PROGRAM, emulator.host, subscription.name],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      await publish(topic, 'leased');
      const [ackId] = await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
      await setDeadline(subscription, String(ackId).trim(), 1);
      expect((await pullOne(subscription)).text).to.equal('leased');
    });

    it('fails with the statuses of the service', async () => {
      const { subscription } = await createPair();
      const missing = openStream({ subscription: client.subscription('missing').name });
      const tooShort = openStream({ subscription: subscription.name, streamAckDeadlineSeconds: 9 });
      const unset = openStream({ subscription: subscription.name, streamAckDeadlineSeconds: 0 });
      const deleted = openStream({ subscription: subscription.name });
      await untilTrue(() => unset.status() !== undefined);
      await subscription.delete();
      await untilTrue(() => deleted.status() !== undefined);
      expect(missing.status()).to.equal(NOT_FOUND);
      expect(tooShort.status()).to.equal(INVALID_ARGUMENT);
      expect(unset.status()).to.equal(INVALID_ARGUMENT);
      expect(deleted.status()).to.equal(NOT_FOUND);
    });
  });

  describe('push', () => {
    let endpoint: Endpoint;

    beforeEach(async () => {
      endpoint = await startEndpoint();
    });

    afterEach(() => endpoint.close());

    it('posts the documented envelope and treats a success as an acknowledgement', async () => {
      const { topic, subscription } = await createPair({ pushEndpoint: endpoint.url });
      const attributes = { symbol: 'AAPL' };
      const id = await topic.publishMessage({ data: Buffer.from('hello'), attributes });
      await untilTrue(() => endpoint.requests.length === 1);
      const [request] = endpoint.requests;
      const publishTime = request?.envelope.message.publishTime;
      expect(request?.contentType).to.equal('application/json');
      expect(request?.envelope).to.deep.equal({
        message: {
          attributes,
          data: 'aGVsbG8=',
          messageId: id,
          message_id: id,
          publishTime,
          publish_time: publishTime,
        },
        subscription: subscription.name,
      });
      expect(new Date(publishTime ?? '').toISOString()).to.equal(publishTime);
    });

    it('pushes again after a failure, with the number of the attempt, until it is a dead letter', async () => {
      endpoint.status = 500;
      const deadLetters = await createPair();
      const { topic } = await createPair({
        pushEndpoint: endpoint.url,
        deadLetterPolicy: { deadLetterTopic: deadLetters.topic.name, maxDeliveryAttempts: 5 },
        retryPolicy: { minimumBackoff: { nanos: 1e6 }, maximumBackoff: { nanos: 1e6 } },
      });
      await publish(topic, 'poison');
      expect((await pullOne(deadLetters.subscription)).text).to.equal('poison');
      const attempts = endpoint.requests.map(({ envelope }) => envelope.deliveryAttempt);
      expect(attempts).to.deep.equal([1, 2, 3, 4, 5]);
    });

    it('has 1,000 pushes under way at the same time, from the start', async () => {
      endpoint.holds = true;
      const { topic } = await createPair({ pushEndpoint: endpoint.url });
      await publish(topic, ...Array.from({ length: 1_000 }, (_, i) => String(i)));
      await untilTrue(() => endpoint.held.length === 1_000);
      endpoint.release();
    });

    it('delivers soon after the endpoint is back', async () => {
      const { port } = endpoint;
      await endpoint.close();
      const { topic } = await createPair({ pushEndpoint: endpoint.url });
      await publish(topic, 'early');
      await new Promise((resolve) => setTimeout(resolve, 1_000)); // the length of the outage
      endpoint = await startEndpoint(port);
      const backAt = performance.now();
      await untilTrue(() => endpoint.requests.length === 1);
      expect(performance.now() - backAt).to.be.below(10_000);
    });

    it('begins and ends with the push configuration', async () => {
      const { topic, subscription } = await createPair();
      await publish(topic, 'first');
      await subscription.modifyPushConfig({ pushEndpoint: endpoint.url });
      await untilTrue(() => endpoint.requests.length === 1);
      await subscription.modifyPushConfig({});
      await publish(topic, 'second');
      expect((await pullOne(subscription)).text).to.equal('second');
      expect(endpoint.requests).to.have.lengthOf(1);
    });
  });
});

describe('Pub/Sub emulator, start and close', () => {
  it('says clearly that a port is in use', async () => {
    const emulator = await startPubSubEmulator();
    const port = Number(emulator.host.split(':')[1]);
    const error = await startPubSubEmulator({ port }).catch((reason) => reason);
    await emulator.close();
    expect(error).to.be.instanceOf(PubSubEmulatorStartError);
    expect(error.message).to.include(`port ${port} is already in use`);
    expect(error.cause).to.have.property('code', 'EADDRINUSE');
  });

  it('refuses an invalid port', async () => {
    const error = await startPubSubEmulator({ port: 65_536 }).catch((reason) => reason);
    expect(error).to.be.instanceOf(PubSubEmulatorStartError);
  });

  it('closes at once while pulls, streams and pushes are open, and can start again', async () => {
    const endpoint = await startEndpoint();
    endpoint.holds = true;
    const emulator = await startPubSubEmulator();
    const client = new PubSub({ projectId: 'shop', apiEndpoint: emulator.host });
    const [topic] = await client.createTopic('orders');
    await topic.createSubscription('pushed', { pushEndpoint: endpoint.url });
    const [streamed] = await topic.createSubscription('streamed');
    const [waiting] = await topic.createSubscription('waiting');
    const subscriber = new v1.SubscriberClient(await clientConfig(client));
    const stream = subscriber.streamingPull();
    stream.write({ subscription: streamed.name, streamAckDeadlineSeconds: 10 });
    const firstId = await topic.publishMessage({ data: Buffer.from('1') });
    await Promise.all([once(stream, 'data'), untilTrue(() => endpoint.held.length === 1)]);
    const streamFailure = once(stream, 'error');
    const request = { subscription: waiting.name, maxMessages: 1 };
    await subscriber.pull(request);
    const pullFailure = statusOf(subscriber.pull(request, { retry: null }));
    await subscriber.getSubscription({ subscription: waiting.name }); // the pull is there by now

    const start = performance.now();
    await emulator.close();
    expect(performance.now() - start).to.be.below(5_000);
    await Promise.all([streamFailure, pullFailure]);
    await untilTrue(() => endpoint.held.every(({ destroyed }) => destroyed));
    await Promise.all([client.close(), subscriber.close(), endpoint.close()]);

    const port = Number(emulator.host.split(':')[1]);
    const restarted = await startPubSubEmulator({ port });
    const newClient = new PubSub({ projectId: 'shop', apiEndpoint: restarted.host });
    const [newTopic] = await newClient.createTopic('orders');
    const secondId = await newTopic.publishMessage({ data: Buffer.from('2') });
    expect(Number(secondId)).to.be.above(Number(firstId));
    await newClient.close();
    await restarted.close();
  });

  it('lets the process end after close', async () => {
    const program = `
      import { startPubSubEmulator } from 'iex-pubsub-emulator';
      const emulator = await startPubSubEmulator();
      await emulator.close();`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type', 'module', '--eval', program],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const [exitCode] = await once(child, 'exit');
    expect(exitCode).to.equal(0);
  });
});

describe('HttpPushTransport', () => {
  let endpoint: Endpoint;
  let transport: HttpPushTransport;

  beforeEach(async () => {
    endpoint = await startEndpoint();
    transport = new HttpPushTransport();
  });

  afterEach(async () => {
    transport.close();
    await endpoint.close();
  });

  function post(signal = new AbortController().signal) {
    const request = { headers: { 'content-type': 'application/json' }, body: '{}' };
    return transport.post(new URL(endpoint.url), request, signal);
  }

  for (const status of [200, 201, 202, 204]) {
    it(`treats ${status} as an acknowledgement`, async () => {
      endpoint.status = status;
      expect(await post()).to.equal('acknowledged');
    });
  }

  it('treats 102 as an acknowledgement, without waiting for the final response', async () => {
    endpoint.holds = true;
    const outcome = post();
    await untilTrue(() => endpoint.held.length === 1);
    endpoint.held[0]?.writeProcessing();
    expect(await outcome).to.equal('acknowledged');
  });

  for (const status of [203, 301, 400, 429, 500, 503]) {
    it(`treats ${status} as a failure`, async () => {
      endpoint.status = status;
      expect(await post()).to.equal('failed');
    });
  }

  it('treats a connection that breaks as a failure', async () => {
    endpoint.holds = true;
    const outcome = post();
    await untilTrue(() => endpoint.held.length === 1);
    endpoint.held[0]?.destroy();
    expect(await outcome).to.equal('failed');
  });

  it('reports that nothing listens', async () => {
    await endpoint.close();
    expect(await post()).to.equal('unreachable');
  });

  it('aborts a request on its signal', async () => {
    endpoint.holds = true;
    const abort = new AbortController();
    const outcome = post(abort.signal);
    await untilTrue(() => endpoint.held.length === 1);
    abort.abort();
    expect(await outcome).to.equal('failed');
    await untilTrue(() => endpoint.held[0]?.destroyed === true);
  });

  it('keeps connections, and retries when a kept one turns out to be closed', async () => {
    expect(await post()).to.equal('acknowledged');
    expect(await post()).to.equal('acknowledged');
    expect(endpoint.connectionCount).to.equal(1);
    endpoint.resetsNextRequest = true;
    expect(await post()).to.equal('acknowledged');
    expect(endpoint.connectionCount).to.equal(2);
  });
});

/**
 * Prints the ack ids of what it leases, and acknowledges nothing. Arguments: emulator host,
 * subscription.
 */
const SUBSCRIBER_PROGRAM = `
  const { PubSub, v1 } = require('@google-cloud/pubsub');
  const [, host, subscription] = process.argv;
  const client = new PubSub({ projectId: 'shop', apiEndpoint: host });
  client.getClientConfig().then((config) => {
    const stream = new v1.SubscriberClient(config).streamingPull();
    stream.on('data', ({ receivedMessages }) => console.log(receivedMessages[0].ackId));
    stream.write({ subscription, streamAckDeadlineSeconds: 60 });
  });`;

interface Envelope {
  message: { publishTime: string };
  deliveryAttempt?: number;
}

/** A push endpoint that responds as the test specifies. */
interface Endpoint {
  readonly url: string;
  readonly port: number;
  readonly requests: { contentType: string | undefined; envelope: Envelope }[];
  /** Responses that wait, while `holds` is set. */
  readonly held: http.ServerResponse[];
  readonly connectionCount: number;
  status: number;
  holds: boolean;
  /** Lets the next request end in a connection reset. */
  resetsNextRequest: boolean;
  /** Responds to the requests that are held. */
  release(): void;
  close(): Promise<void>;
}

async function startEndpoint(port = 0): Promise<Endpoint> {
  let connectionCount = 0;
  const server = http.createServer(async (request, response) => {
    if (endpoint.resetsNextRequest) {
      endpoint.resetsNextRequest = false;
      request.socket.resetAndDestroy();
      return;
    }
    const body = Buffer.concat(await request.toArray()).toString();
    const contentType = request.headers['content-type'];
    endpoint.requests.push({ contentType, envelope: JSON.parse(body) });
    if (endpoint.holds) endpoint.held.push(response);
    else response.writeHead(endpoint.status).end();
  });
  server.on('connection', () => {
    connectionCount += 1;
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${address.port}/push`,
    port: address.port,
    requests: [],
    held: [],
    get connectionCount() {
      return connectionCount;
    },
    status: 204,
    holds: false,
    resetsNextRequest: false,
    release() {
      for (const response of endpoint.held) response.writeHead(endpoint.status).end();
    },
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return endpoint;
}

/**
 * The configuration for the generated clients; their types and that of the client's disagree on
 * `undefined`.
 */
async function clientConfig(client: PubSub) {
  return (await client.getClientConfig()) as ConstructorParameters<typeof v1.SubscriberClient>[0];
}

/** The gRPC status code with which `call` fails. */
async function statusOf(call: Promise<unknown>): Promise<number> {
  try {
    await call;
  } catch (error) {
    return (error as { code: number }).code;
  }
  throw new Error('The call did not fail.');
}
