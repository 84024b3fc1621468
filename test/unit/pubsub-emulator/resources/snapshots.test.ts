import { expect } from 'chai';
import type { Subscription, Topic } from 'iex-pubsub-emulator/protocol/messages';
import { Broker } from 'iex-pubsub-emulator/resources/broker';
import { FakeClock } from 'iex-test/support/fake-clock';
import { message, seconds, subscriptionRequest, topicRequest } from '../fixtures.js';
import { pushDelivery } from '../push/fake-push-transport.js';

const TOPIC = 'projects/shop/topics/orders';
const SUBSCRIPTION = 'projects/shop/subscriptions/billing';
const SNAPSHOT = 'projects/shop/snapshots/before-deployment';
const FIRST_PAGE = { pageSize: 0, pageToken: '' };
const HOUR = 3_600;
const DAY = 24 * HOUR;

// https://cloud.google.com/pubsub/docs/replay-overview
describe('Snapshots', () => {
  let clock: FakeClock;
  let broker: Broker;

  beforeEach(() => {
    clock = new FakeClock();
    broker = new Broker(clock, pushDelivery(clock));
  });

  function setUp(topic: Partial<Topic> = {}, subscription: Partial<Subscription> = {}) {
    broker.topics.create(topicRequest({ name: TOPIC, ...topic }));
    subscribe(SUBSCRIPTION, subscription);
  }

  function subscribe(name: string, fields: Partial<Subscription> = {}) {
    broker.subscriptions.create(subscriptionRequest({ name, topic: TOPIC, ...fields }));
  }

  function publish(...texts: string[]) {
    for (const text of texts) {
      clock.advance(1_000);
      const attributes = { text };
      broker.topics.publish(TOPIC, [message({ data: Buffer.from(text), attributes })]);
    }
  }

  function snapshot(name = SNAPSHOT, subscription = SUBSCRIPTION) {
    return broker.snapshots.create({ name, subscription, labels: {}, tags: {} });
  }

  /** Receives all messages that are ready, and acknowledges them unless told otherwise. */
  function receive(name = SUBSCRIPTION, acknowledges = true): string[] {
    const subscription = broker.subscriptions.get(name);
    const batch = subscription.leaseBatch({ maxMessages: 100, maxBytes: 1e6 }, 10);
    if (acknowledges) subscription.acknowledge(batch.map(({ ackId }) => ackId));
    return batch.map((received) => received.message.data.toString());
  }

  const now = () => ({ seconds: clock.wallTime() / 1_000, nanos: 0 });

  it('bring back what was not acknowledged when they were created, and all later messages', () => {
    setUp();
    publish('1');
    receive();
    publish('2', '3');
    receive(SUBSCRIPTION, false);
    snapshot();
    publish('4');
    clock.advance(20_000);
    expect(receive()).to.have.members(['2', '3', '4']);
    broker.snapshots.seek({ subscription: SUBSCRIPTION, snapshot: SNAPSHOT });
    expect(receive()).to.deep.equal(['2', '3', '4']);
  });

  it('can be applied to another subscription of the topic, and repeatedly', () => {
    setUp();
    publish('1');
    snapshot();
    receive();
    subscribe('projects/shop/subscriptions/shipping', { filter: 'attributes.text != "3"' });
    publish('2', '3');
    for (let time = 0; time < 2; time++) {
      broker.snapshots.seek({
        subscription: 'projects/shop/subscriptions/shipping',
        snapshot: SNAPSHOT,
      });
      expect(receive('projects/shop/subscriptions/shipping')).to.deep.equal(['1', '2']);
    }
  });

  it('acknowledge what they do not contain', () => {
    setUp();
    publish('1');
    receive();
    snapshot();
    publish('2');
    const other = 'projects/shop/snapshots/empty';
    receive();
    snapshot(other);
    broker.snapshots.seek({ subscription: SUBSCRIPTION, snapshot: SNAPSHOT });
    broker.snapshots.seek({ subscription: SUBSCRIPTION, snapshot: other });
    expect(receive()).to.deep.equal([]);
  });

  it('expire 7 days after the oldest message that is not acknowledged', () => {
    setUp();
    expect(snapshot().expireTime?.seconds).to.equal(clock.wallTime() / 1_000 + 7 * DAY);
    broker.snapshots.delete(SNAPSHOT);
    publish('1');
    const published = clock.wallTime() / 1_000;
    clock.advance(DAY * 1_000);
    expect(snapshot().expireTime?.seconds).to.equal(published + 7 * DAY);
    clock.advance((6 * DAY - 1) * 1_000);
    expect(broker.snapshots.getConfig(SNAPSHOT).topic).to.equal(TOPIC);
    clock.advance(1_000);
    expect(() => broker.snapshots.getConfig(SNAPSHOT)).to.throw('not found');
  });

  it('are refused if they would expire in less than 1 hour', () => {
    setUp();
    publish('1');
    clock.advance((7 * DAY - HOUR) * 1_000);
    expect(snapshot().name).to.equal(SNAPSHOT);
    clock.advance(1);
    expect(() => snapshot('projects/shop/snapshots/late'))
      .to.throw('1 hour')
      .with.property('code', 9);
  });

  it('are created, listed, updated and deleted', () => {
    setUp();
    expect(() => snapshot(SNAPSHOT, `${SUBSCRIPTION}-2`)).to.throw('not found');
    snapshot();
    expect(() => snapshot())
      .to.throw('exists')
      .with.property('code', 6);
    expect(snapshot('').name).to.match(/^projects\/shop\/snapshots\/[a-z]/);
    const update = { name: SNAPSHOT, topic: '', expireTime: null, labels: { team: 'quotes' } };
    expect(broker.snapshots.update(update, { paths: ['labels'] }).labels).to.deep.equal({
      team: 'quotes',
    });
    for (const path of ['topic', 'expire_time', 'name']) {
      expect(() => broker.snapshots.update(update, { paths: [path] })).to.throw(
        'cannot be changed',
      );
    }
    const { snapshots } = broker.snapshots.list('projects/shop', FIRST_PAGE);
    expect(snapshots).to.have.lengthOf(2);
    expect(broker.snapshots.list('projects/other', FIRST_PAGE).snapshots).to.deep.equal([]);
    expect(broker.snapshots.listOfTopic(TOPIC, FIRST_PAGE).snapshots).to.include(SNAPSHOT);
    broker.snapshots.delete(SNAPSHOT);
    expect(() => broker.snapshots.delete(SNAPSHOT)).to.throw('not found');
    broker.topics.delete(TOPIC);
    const [left] = broker.snapshots.list('projects/shop', FIRST_PAGE).snapshots;
    expect(left?.topic).to.equal('_deleted-topic_');
    broker.close();
    expect(clock.timerCount).to.equal(0);
  });

  it('are refused for a subscription of another topic', () => {
    setUp();
    snapshot();
    const topic = 'projects/shop/topics/other';
    broker.topics.create(topicRequest({ name: topic }));
    subscribe('projects/shop/subscriptions/other', { topic });
    expect(() =>
      broker.snapshots.seek({
        subscription: 'projects/shop/subscriptions/other',
        snapshot: SNAPSHOT,
      }),
    )
      .to.throw('same topic')
      .with.property('code', 3);
  });

  describe('a seek to a time', () => {
    it('replays what the subscription retains, from that time on', () => {
      setUp({}, { retainAckedMessages: true });
      publish('1', '2');
      const time = now();
      publish('3');
      receive();
      broker.snapshots.seek({ subscription: SUBSCRIPTION, time });
      expect(receive()).to.deep.equal(['2', '3']);
    });

    it('purges everything if the time is in the future', () => {
      setUp();
      publish('1', '2');
      const time = { seconds: now().seconds + HOUR, nanos: 0 };
      broker.snapshots.seek({ subscription: SUBSCRIPTION, time });
      publish('3');
      expect(receive()).to.deep.equal(['3']);
    });

    it('replays what the topic retains, even from before the subscription was created', () => {
      setUp({ messageRetentionDuration: seconds(HOUR) });
      publish('1');
      clock.advance(HOUR * 1_000);
      publish('2', '3');
      receive();
      const late = 'projects/shop/subscriptions/late';
      subscribe(late);
      expect(receive(late)).to.deep.equal([]);
      for (const subscription of [late, SUBSCRIPTION]) {
        broker.snapshots.seek({ subscription, time: seconds(0) });
        expect(receive(subscription)).to.deep.equal(['2', '3']);
      }
    });

    it('needs a target, and an attached subscription', () => {
      setUp();
      expect(() => broker.snapshots.seek({ subscription: SUBSCRIPTION }))
        .to.throw('time or a snapshot')
        .with.property('code', 3);
      broker.subscriptions.detach(SUBSCRIPTION);
      for (const act of [
        () => broker.snapshots.seek({ subscription: SUBSCRIPTION, time: now() }),
        () => snapshot(),
      ]) {
        expect(act).to.throw('detached').with.property('code', 9);
      }
    });
  });
});
