import { expect } from 'chai';
import type { Subscription } from 'iex-pubsub-emulator/protocol/messages';
import { Broker } from 'iex-pubsub-emulator/resources/broker';
import { FakeClock } from 'iex-test/support/fake-clock';
import { message, pushTo, seconds, subscriptionRequest, topicRequest } from '../fixtures.js';
import { FakePushTransport, pushDelivery } from '../push/fake-push-transport.js';

const TOPIC = 'projects/shop/topics/orders';
const DEAD_LETTERS = 'projects/shop/topics/dead';
const SUBSCRIPTION = 'projects/shop/subscriptions/billing';
const LIMITS = { maxMessages: 100, maxBytes: 1_000_000 };
const FIRST_PAGE = { pageSize: 0, pageToken: '' };

describe('Broker', () => {
  let clock: FakeClock;
  let broker: Broker;
  let transport: FakePushTransport;

  beforeEach(() => {
    clock = new FakeClock();
    transport = new FakePushTransport();
    broker = new Broker(clock, pushDelivery(clock, transport));
    broker.topics.create(topicRequest({ name: TOPIC }));
  });

  function subscribe(fields: Partial<Subscription> = {}) {
    broker.subscriptions.create(
      subscriptionRequest({ name: SUBSCRIPTION, topic: TOPIC, ...fields }),
    );
  }

  function receive(name = SUBSCRIPTION) {
    return broker.subscriptions.get(name).leaseBatch(LIMITS, 10);
  }

  it('gives every subscription of a topic its own copy of each message', () => {
    const other = 'projects/shop/subscriptions/shipping';
    subscribe();
    subscribe({ name: other });
    const ids = broker.topics.publish(TOPIC, [message(), message()]);
    for (const name of [SUBSCRIPTION, other]) {
      expect(receive(name).map((received) => received.message.messageId)).to.deep.equal(ids);
    }
  });

  it('delivers messages only once their publisher has its response', () => {
    subscribe();
    const subscription = broker.subscriptions.get(SUBSCRIPTION);
    const delivered: unknown[] = [];
    subscription.addConsumer({
      take: () => delivered.push(...subscription.leaseBatch(LIMITS, 10)) < 0,
      end: () => undefined,
    });
    const [sent, received]: (() => void)[][] = [[], []];
    broker.topics.publish(TOPIC, [message()], {
      onceSent: (callback) => sent!.push(callback),
      onceReceived: (callback) => received!.push(callback),
    });
    expect(delivered).to.have.length(0);
    for (const callback of sent!) callback();
    expect(delivered).to.have.length(0);
    for (const callback of received!) callback();
    expect(delivered).to.have.length(1);
  });

  it('stamps messages with ids and the publish time, whatever the publisher says', () => {
    subscribe();
    clock.advance(1_234);
    broker.topics.publish(TOPIC, [
      message({ messageId: 'mine', publishTime: seconds(1), orderingKey: 'AAPL' }),
    ]);
    const [received] = receive();
    expect(received?.message.messageId).to.match(/^\d+$/);
    expect(received?.message.publishTime).to.deep.equal({
      seconds: Date.UTC(2026, 10, 22, 0, 0, 1) / 1000,
      nanos: 234_000_000,
    });
    expect(received?.message.orderingKey).to.equal('AAPL');
  });

  it('counts ids up from the time of its start in microseconds', () => {
    const ids = broker.topics.publish(TOPIC, [message(), message()]).map(Number);
    const start = Date.UTC(2026, 10, 22) * 1000;
    expect(ids).to.deep.equal([start, start + 1]);
    expect(start).to.be.below(Number.MAX_SAFE_INTEGER);

    clock.advance(1); // a restart, as early as can be
    const restarted = new Broker(clock, pushDelivery(clock));
    restarted.topics.create(topicRequest({ name: TOPIC }));
    expect(Number(restarted.topics.publish(TOPIC, [message()])[0])).to.be.above(ids[1] ?? 0);
  });

  it('does not keep the request of a message in memory', () => {
    subscribe();
    const request = Buffer.alloc(1_000_000, 'x');
    broker.topics.publish(TOPIC, [message({ data: request.subarray(0, 10) })]);
    request.fill('y');
    expect(receive()[0]?.message.data.toString()).to.equal('x'.repeat(10));
  });

  it('publishes nothing of a request that is invalid', () => {
    subscribe();
    expect(() =>
      broker.topics.publish(TOPIC, [message(), message({ data: Buffer.alloc(0) })]),
    ).to.throw();
    expect(receive()).to.deep.equal([]);
  });

  it('publishes dead letters with the attributes that name their source', () => {
    broker.topics.create(topicRequest({ name: DEAD_LETTERS }));
    const deadLetterSubscription = 'projects/shop/subscriptions/dead';
    subscribe({ name: deadLetterSubscription, topic: DEAD_LETTERS });
    subscribe({ deadLetterPolicy: { deadLetterTopic: DEAD_LETTERS, maxDeliveryAttempts: 5 } });
    const [id] = broker.topics.publish(TOPIC, [message({ attributes: { a: 'b' } })]);
    clock.advance(60_000);
    for (let attempt = 1; attempt <= 5; attempt++) {
      const [received] = receive();
      expect(received?.deliveryAttempt).to.equal(attempt);
      broker.subscriptions.get(SUBSCRIPTION).modifyAckDeadlines([[received?.ackId ?? '', 0]]);
    }
    expect(receive()).to.deep.equal([]);
    const [deadLetter] = receive(deadLetterSubscription);
    expect(deadLetter?.message.attributes).to.deep.equal({
      a: 'b',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: 'billing',
      CloudPubSubDeadLetterSourceSubscriptionProject: 'shop',
      CloudPubSubDeadLetterSourceTopicPublishTime: '2026-11-22T00:00:00.000Z',
    });
    expect(deadLetter?.message.data.toString()).to.equal('data');
    expect(deadLetter?.message.messageId).to.not.equal(id);
  });

  describe('a dead letter', () => {
    const DEAD = 'projects/shop/subscriptions/dead';
    const deadLetterPolicy = { deadLetterTopic: DEAD_LETTERS, maxDeliveryAttempts: 5 };
    const ATTRIBUTES = 4; // that a dead letter gets

    beforeEach(() => {
      broker.topics.create(topicRequest({ name: DEAD_LETTERS }));
      subscribe({ name: DEAD, topic: DEAD_LETTERS });
    });

    const attributes = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, 'value']));

    /** Pulls the one message that is ready, and gives it back. */
    function nack(name = SUBSCRIPTION) {
      const [received] = receive(name);
      broker.subscriptions.get(name).modifyAckDeadlines([[received?.ackId ?? '', 0]]);
      return received;
    }

    const largest: Record<string, () => ReturnType<typeof message>> = {
      'has as many attributes as a message may have': () =>
        message({ attributes: attributes(100) }),
      'has room for some of the added attributes': () => message({ attributes: attributes(98) }),
      'is as large as a request may be': () => message({ data: Buffer.alloc(10_000_000) }),
      'has room for a part of the added attributes': () =>
        message({ data: Buffer.alloc(10_000_000 - 20) }),
      'has the longest attribute': () =>
        message({ attributes: { ['k'.repeat(256)]: 'v'.repeat(1_024) } }),
    };
    for (const [name, create] of Object.entries(largest)) {
      it(`that ${name} goes to its topic, by pull and nack`, () => {
        subscribe({ deadLetterPolicy });
        const sent = create();
        broker.topics.publish(TOPIC, [sent]);
        for (let attempt = 1; attempt <= 5; attempt++) {
          expect(nack()?.deliveryAttempt).to.equal(attempt);
        }
        expect(receive()).to.deep.equal([]);
        const [received] = receive(DEAD);
        expect(received?.message.data.equals(sent.data)).to.equal(true);
        expect(Object.keys(received?.message.attributes ?? {})).to.have.lengthOf(
          Object.keys(sent.attributes).length + ATTRIBUTES,
        );
      });

      it(`that ${name} goes to its topic, by push`, async () => {
        subscribe({ deadLetterPolicy, pushConfig: pushTo('http://127.0.0.1/') });
        broker.topics.publish(TOPIC, [create()]);
        for (let attempt = 1; attempt <= 5; attempt++) {
          expect(transport.last.envelope.deliveryAttempt).to.equal(attempt);
          await transport.last.answer('failed');
          clock.advance(2_000);
        }
        expect(transport.pushes).to.have.lengthOf(5);
        expect(receive(DEAD)).to.have.lengthOf(1);
      });

      it(`that ${name} goes to its topic when the last deadline passes`, () => {
        subscribe({ deadLetterPolicy });
        broker.topics.publish(TOPIC, [create()]);
        for (let attempt = 1; attempt <= 5; attempt++) {
          expect(receive()).to.have.lengthOf(1);
          clock.advance(11_000);
        }
        expect(receive()).to.deep.equal([]);
        expect(receive(DEAD)).to.have.lengthOf(1);
      });
    }

    it('is redelivered when its topic has been deleted, and goes there once the topic is set again', () => {
      subscribe({ deadLetterPolicy });
      broker.topics.publish(TOPIC, [message()]);
      broker.topics.delete(DEAD_LETTERS);
      for (let attempt = 1; attempt <= 7; attempt++) {
        expect(nack()?.deliveryAttempt).to.equal(attempt);
      }
      broker.topics.create(topicRequest({ name: DEAD_LETTERS }));
      subscribe({ name: `${DEAD}-again`, topic: DEAD_LETTERS });
      nack();
      expect(receive(`${DEAD}-again`)).to.have.lengthOf(1);
    });

    it('does not keep a subscription from being changed when its topic has been deleted', () => {
      subscribe({ deadLetterPolicy });
      broker.topics.delete(DEAD_LETTERS);
      broker.subscriptions.modifyPushConfig(SUBSCRIPTION, pushTo('http://127.0.0.1/'));
      const update = subscriptionRequest({ name: SUBSCRIPTION, ackDeadlineSeconds: 20 });
      broker.subscriptions.update(update, { paths: ['ack_deadline_seconds'] });
      expect(broker.subscriptions.get(SUBSCRIPTION).config.ackDeadlineSeconds).to.equal(20);
      const other = { deadLetterTopic: `${DEAD_LETTERS}-2`, maxDeliveryAttempts: 5 };
      const wrong = subscriptionRequest({ name: SUBSCRIPTION, deadLetterPolicy: other });
      expect(() => broker.subscriptions.update(wrong, { paths: ['dead_letter_policy'] })).to.throw(
        'not found',
      );
    });

    it('goes from topic to topic in a chain', () => {
      const LAST = 'projects/shop/topics/last';
      broker.topics.create(topicRequest({ name: LAST }));
      subscribe({ name: 'projects/shop/subscriptions/last', topic: LAST });
      const second = 'projects/shop/subscriptions/second';
      subscribe({ deadLetterPolicy });
      subscribe({
        name: second,
        topic: DEAD_LETTERS,
        deadLetterPolicy: { deadLetterTopic: LAST, maxDeliveryAttempts: 5 },
      });
      broker.topics.publish(TOPIC, [message({ attributes: attributes(100) })]);
      for (let i = 0; i < 5; i++) nack();
      for (let i = 0; i < 5; i++) nack(second);
      const [received] = receive('projects/shop/subscriptions/last');
      expect(received?.message.attributes).to.include({
        CloudPubSubDeadLetterSourceSubscription: 'second',
        'key-99': 'value',
      });
    });

    it('starts again when its topic is the one that it comes from', () => {
      subscribe({ deadLetterPolicy: { deadLetterTopic: TOPIC, maxDeliveryAttempts: 5 } });
      broker.topics.publish(TOPIC, [message({ attributes: attributes(100) })]);
      const attempts = Array.from({ length: 12 }, () => nack()?.deliveryAttempt);
      expect(attempts).to.deep.equal([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2]);
    });

    it('is dropped when its subscription is deleted during the delivery', async () => {
      subscribe({ deadLetterPolicy, pushConfig: pushTo('http://127.0.0.1/') });
      broker.topics.publish(TOPIC, [message()]);
      broker.subscriptions.delete(SUBSCRIPTION);
      await transport.last.answer('failed');
      clock.advance(60_000);
      expect(transport.pushes).to.have.lengthOf(1);
      expect(receive(DEAD)).to.deep.equal([]);
    });
  });

  it('keeps what a subscription holds when its topic is deleted', () => {
    subscribe();
    broker.topics.publish(TOPIC, [message()]);
    broker.topics.delete(TOPIC);
    expect(broker.subscriptions.get(SUBSCRIPTION).config.topic).to.equal('_deleted-topic_');
    broker.topics.create(topicRequest({ name: TOPIC }));
    broker.topics.publish(TOPIC, [message()]);
    expect(receive()).to.have.lengthOf(1); // a new topic of the same name is another one
    broker.subscriptions.delete(SUBSCRIPTION);
    expect(() => broker.subscriptions.get(SUBSCRIPTION)).to.throw('not found');
  });

  it('still updates a subscription whose topic is deleted', () => {
    subscribe();
    broker.topics.delete(TOPIC);
    const update = subscriptionRequest({ name: SUBSCRIPTION, ackDeadlineSeconds: 20 });
    const config = broker.subscriptions.update(update, { paths: ['ack_deadline_seconds'] });
    expect(config).to.include({ ackDeadlineSeconds: 20, topic: '_deleted-topic_' });
  });

  it('does not change a subscription by an update that is invalid', () => {
    subscribe();
    const update = subscriptionRequest({ name: SUBSCRIPTION, ackDeadlineSeconds: 5 });
    const mask = { paths: ['ack_deadline_seconds'] };
    expect(() => broker.subscriptions.update(update, mask)).to.throw('ack deadline');
    expect(broker.subscriptions.get(SUBSCRIPTION).config.ackDeadlineSeconds).to.equal(10);
  });

  it('lists the resources of one project only', () => {
    broker.topics.create(topicRequest({ name: 'projects/shop-2/topics/orders' }));
    const { topics } = broker.topics.list('projects/shop', FIRST_PAGE);
    expect(topics.map(({ name }) => name)).to.deep.equal([TOPIC]);
    expect(() => broker.topics.list('shop', FIRST_PAGE)).to.throw('Invalid [projects] name');
  });

  it('refuses a dead-letter topic that does not exist', () => {
    const deadLetterPolicy = { deadLetterTopic: DEAD_LETTERS, maxDeliveryAttempts: 5 };
    expect(() => subscribe({ deadLetterPolicy }))
      .to.throw('not found')
      .with.property('code', 5);
  });

  it('delivers only the messages that match the filter of a subscription', () => {
    subscribe({ filter: 'attributes.symbol = "AAPL"' });
    broker.topics.publish(TOPIC, [
      message({ attributes: { symbol: 'AAPL' } }),
      message({ attributes: { symbol: 'GME' } }),
    ]);
    expect(receive().map((received) => received.message.attributes)).to.deep.equal([
      { symbol: 'AAPL' },
    ]);
    const update = subscriptionRequest({ name: SUBSCRIPTION, filter: 'attributes:x' });
    expect(() => broker.subscriptions.update(update, { paths: ['filter'] })).to.throw('changed');
  });

  it('keeps a detached subscription, without messages and without new ones', () => {
    subscribe();
    broker.topics.publish(TOPIC, [message()]);
    broker.subscriptions.detach(SUBSCRIPTION);
    broker.topics.publish(TOPIC, [message()]);
    expect(receive()).to.deep.equal([]);
    expect(broker.subscriptions.get(SUBSCRIPTION).config).to.include({
      detached: true,
      topic: TOPIC,
    });
    expect(broker.topics.listSubscriptions(TOPIC, FIRST_PAGE).subscriptions).to.deep.equal([]);
    const update = subscriptionRequest({ name: SUBSCRIPTION, ackDeadlineSeconds: 20 });
    const config = broker.subscriptions.update(update, { paths: ['ack_deadline_seconds'] });
    expect(config.detached).to.equal(true);
  });

  it('pushes nothing more of a detached subscription', async () => {
    subscribe({ pushConfig: pushTo('http://127.0.0.1/') });
    broker.topics.publish(TOPIC, [message()]);
    broker.subscriptions.detach(SUBSCRIPTION);
    expect(transport.last.isAborted).to.equal(true);
    await transport.last.answer('failed');
    broker.topics.publish(TOPIC, [message()]);
    clock.advance(60_000);
    expect(transport.pushes).to.have.lengthOf(1);
  });

  it('tells subscriptions how long their topic retains messages', () => {
    const retention = () =>
      broker.subscriptions.get(SUBSCRIPTION).config.topicMessageRetentionDuration;
    subscribe();
    expect(retention()).to.equal(null);
    const update = topicRequest({ name: TOPIC, messageRetentionDuration: seconds(600) });
    broker.topics.update(update, { paths: ['message_retention_duration'] });
    expect(retention()).to.deep.equal(seconds(600));
    broker.topics.delete(TOPIC);
    expect(retention()).to.equal(null);
  });

  for (const field of [
    'state',
    'detached',
    'topic_message_retention_duration',
    'analytics_hub_subscription_info',
  ]) {
    it(`refuses to update the output-only field ${field}`, () => {
      subscribe();
      const update = {
        ...subscriptionRequest({ name: SUBSCRIPTION }),
        analyticsHubSubscriptionInfo: null,
      };
      expect(() => broker.subscriptions.update(update, { paths: [field] }))
        .to.throw('cannot be changed')
        .with.property('code', 3);
    });
  }

  it('keeps a message storage policy, and refuses one without a region', () => {
    const messageStoragePolicy = { allowedPersistenceRegions: ['europe-west1'] };
    const config = broker.topics.create(topicRequest({ name: DEAD_LETTERS, messageStoragePolicy }));
    expect(config.messageStoragePolicy).to.deep.equal(messageStoragePolicy);
    const nowhere = { allowedPersistenceRegions: [] };
    const update = topicRequest({ name: TOPIC, messageStoragePolicy: nowhere });
    expect(() => broker.topics.update(update, { paths: ['message_storage_policy'] }))
      .to.throw('region')
      .with.property('code', 3);
  });

  it('refuses a retention out of range', () => {
    for (const wrong of [599, 31 * 86_400 + 1]) {
      const request = topicRequest({
        name: 'projects/shop/topics/brief',
        messageRetentionDuration: seconds(wrong),
      });
      expect(() => broker.topics.create(request))
        .to.throw('retention')
        .with.property('code', 3);
    }
  });

  const unimplementedTopics = {
    'customer-managed keys': { kmsKeyName: 'key' },
    ingestion: { ingestionDataSourceSettings: {} },
    'message transforms': { messageTransforms: [{}] },
    tags: { tags: { key: 'value' } },
  };
  for (const [feature, fields] of Object.entries(unimplementedTopics)) {
    it(`refuses ${feature} as unimplemented`, () => {
      expect(() => broker.topics.create(topicRequest({ name: DEAD_LETTERS, ...fields })))
        .to.throw(feature)
        .with.property('code', 12);
    });
  }
});
