import { expect } from 'chai';
import { Broker } from 'iex-pubsub-emulator/broker';
import type { Subscription } from 'iex-pubsub-emulator/protocol';
import { FakeClock } from '../../support/fake-clock.js';
import { FakePushTransport } from './fake-push-transport.js';
import { message, seconds, subscriptionRequest, topicRequest } from './fixtures.js';

const TOPIC = 'projects/shop/topics/orders';
const DEAD_LETTERS = 'projects/shop/topics/dead';
const SUBSCRIPTION = 'projects/shop/subscriptions/billing';
const LIMITS = { maxMessages: 100, maxBytes: 1_000_000 };
const FIRST_PAGE = { pageSize: 0, pageToken: '' };

describe('Broker', () => {
  let clock: FakeClock;
  let broker: Broker;

  beforeEach(() => {
    clock = new FakeClock();
    broker = new Broker(clock, new FakePushTransport());
    broker.createTopic(topicRequest({ name: TOPIC }));
  });

  function subscribe(fields: Partial<Subscription> = {}) {
    broker.createSubscription(subscriptionRequest({ name: SUBSCRIPTION, topic: TOPIC, ...fields }));
  }

  function receive(name = SUBSCRIPTION) {
    return broker.getSubscription(name).leaseBatch(LIMITS, 10);
  }

  it('gives every subscription of a topic its own copy of each message', () => {
    const other = 'projects/shop/subscriptions/shipping';
    subscribe();
    subscribe({ name: other });
    const ids = broker.publish(TOPIC, [message(), message()]);
    for (const name of [SUBSCRIPTION, other]) {
      expect(receive(name).map((received) => received.message.messageId)).to.deep.equal(ids);
    }
  });

  it('stamps messages with ids and the publish time, whatever the publisher says', () => {
    subscribe();
    clock.advance(1_234);
    broker.publish(TOPIC, [
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
    const ids = broker.publish(TOPIC, [message(), message()]).map(Number);
    const start = Date.UTC(2026, 10, 22) * 1000;
    expect(ids).to.deep.equal([start, start + 1]);
    expect(start).to.be.below(Number.MAX_SAFE_INTEGER);

    clock.advance(1); // a restart, as early as can be
    const restarted = new Broker(clock, new FakePushTransport());
    restarted.createTopic(topicRequest({ name: TOPIC }));
    expect(Number(restarted.publish(TOPIC, [message()])[0])).to.be.above(ids[1] ?? 0);
  });

  it('does not hold on to the request that a message came in', () => {
    subscribe();
    const request = Buffer.alloc(1_000_000, 'x');
    broker.publish(TOPIC, [message({ data: request.subarray(0, 10) })]);
    request.fill('y');
    expect(receive()[0]?.message.data.toString()).to.equal('x'.repeat(10));
  });

  it('publishes nothing of a request that is invalid', () => {
    subscribe();
    expect(() => broker.publish(TOPIC, [message(), message({ data: Buffer.alloc(0) })])).to.throw();
    expect(receive()).to.deep.equal([]);
  });

  it('publishes dead letters with the attributes that tell their source', () => {
    broker.createTopic(topicRequest({ name: DEAD_LETTERS }));
    const deadLetterSubscription = 'projects/shop/subscriptions/dead';
    subscribe({ name: deadLetterSubscription, topic: DEAD_LETTERS });
    subscribe({ deadLetterPolicy: { deadLetterTopic: DEAD_LETTERS, maxDeliveryAttempts: 5 } });
    const [id] = broker.publish(TOPIC, [message({ attributes: { a: 'b' } })]);
    clock.advance(60_000);
    for (let attempt = 1; attempt <= 5; attempt++) {
      const [received] = receive();
      expect(received?.deliveryAttempt).to.equal(attempt);
      broker.getSubscription(SUBSCRIPTION).modifyAckDeadlines([[received?.ackId ?? '', 0]]);
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

  it('keeps what a subscription holds when its topic is deleted', () => {
    subscribe();
    broker.publish(TOPIC, [message()]);
    broker.deleteTopic(TOPIC);
    expect(broker.getSubscription(SUBSCRIPTION).config.topic).to.equal('_deleted-topic_');
    broker.createTopic(topicRequest({ name: TOPIC }));
    broker.publish(TOPIC, [message()]);
    expect(receive()).to.have.lengthOf(1); // a new topic of the same name is another one
    broker.deleteSubscription(SUBSCRIPTION);
    expect(() => broker.getSubscription(SUBSCRIPTION)).to.throw('not found');
  });

  it('still updates a subscription whose topic is deleted', () => {
    subscribe();
    broker.deleteTopic(TOPIC);
    const update = subscriptionRequest({ name: SUBSCRIPTION, ackDeadlineSeconds: 20 });
    const config = broker.updateSubscription(update, { paths: ['ack_deadline_seconds'] });
    expect(config).to.include({ ackDeadlineSeconds: 20, topic: '_deleted-topic_' });
  });

  it('does not change a subscription by an update that is invalid', () => {
    subscribe();
    const update = subscriptionRequest({ name: SUBSCRIPTION, ackDeadlineSeconds: 5 });
    const mask = { paths: ['ack_deadline_seconds'] };
    expect(() => broker.updateSubscription(update, mask)).to.throw('ack deadline');
    expect(broker.getSubscription(SUBSCRIPTION).config.ackDeadlineSeconds).to.equal(10);
  });

  it('lists the resources of one project only', () => {
    broker.createTopic(topicRequest({ name: 'projects/shop-2/topics/orders' }));
    const { topics } = broker.listTopics('projects/shop', FIRST_PAGE);
    expect(topics.map(({ name }) => name)).to.deep.equal([TOPIC]);
    expect(() => broker.listTopics('shop', FIRST_PAGE)).to.throw('Invalid [projects] name');
  });

  it('refuses a dead-letter topic that does not exist', () => {
    const deadLetterPolicy = { deadLetterTopic: DEAD_LETTERS, maxDeliveryAttempts: 5 };
    expect(() => subscribe({ deadLetterPolicy }))
      .to.throw('not found')
      .with.property('code', 5);
  });

  const unimplementedTopics = {
    'message storage policies': { messageStoragePolicy: {} },
    'customer-managed keys': { kmsKeyName: 'key' },
    schemas: { schemaSettings: {} },
    'message retention of topics': { messageRetentionDuration: seconds(600) },
    'ingestion from data sources': { ingestionDataSourceSettings: {} },
    'message transforms': { messageTransforms: [{}] },
    tags: { tags: { key: 'value' } },
  };
  for (const [feature, fields] of Object.entries(unimplementedTopics)) {
    it(`does not pretend to implement ${feature}`, () => {
      expect(() => broker.createTopic(topicRequest({ name: DEAD_LETTERS, ...fields })))
        .to.throw(feature)
        .with.property('code', 12);
    });
  }
});
