import { expect } from 'chai';
import type { ReceivedMessage } from 'iex-pubsub-emulator/protocol/messages';
import { notFound, type PubSubError } from 'iex-pubsub-emulator/protocol/status';
import { toSubscriptionConfig } from 'iex-pubsub-emulator/resources/subscription-settings';
import { type Consumer, Subscription } from 'iex-pubsub-emulator/subscriptions/subscription';
import { FakeClock } from 'iex-test/support/fake-clock';
import { pushTo, storedMessage, subscriptionRequest } from '../fixtures.js';
import { pushDelivery } from '../push/fake-push-transport.js';

const deadLetterPolicy = { deadLetterTopic: 'projects/shop/topics/dead', maxDeliveryAttempts: 5 };

describe('Subscription', () => {
  let subscription: Subscription;

  beforeEach(() => {
    subscription = subscribe();
  });

  function subscribe(fields = {}): Subscription {
    const clock = new FakeClock();
    return new Subscription(
      toSubscriptionConfig(subscriptionRequest(fields)),
      clock,
      pushDelivery(clock),
      () => true,
    );
  }

  function publish(...ids: string[]): void {
    for (const id of ids) subscription.queue.enqueue(storedMessage(id));
    subscription.deliver();
  }

  /** A consumer that takes `batchSize` messages at a time and has room for `room` in all. */
  function consumer(batchSize: number, room = Number.POSITIVE_INFINITY) {
    const received: ReceivedMessage[] = [];
    const ends: PubSubError[] = [];
    const self: Consumer & { received: ReceivedMessage[]; ends: PubSubError[] } = {
      received,
      ends,
      take() {
        const maxMessages = Math.min(batchSize, room - received.length);
        const batch = subscription.leaseBatch({ maxMessages, maxBytes: 1_000 }, 10);
        received.push(...batch);
        return batch.length > 0;
      },
      end: (reason) => ends.push(reason),
    };
    return self;
  }

  it('keeps messages until a consumer takes them', () => {
    publish('1', '2');
    const late = consumer(10);
    subscription.addConsumer(late);
    expect(late.received.map(({ message }) => message.messageId)).to.deep.equal(['1', '2']);
  });

  it('serves consumers in turns', () => {
    const consumers = [consumer(2), consumer(2), consumer(2)];
    for (const each of consumers) subscription.addConsumer(each);
    publish(...Array.from({ length: 12 }, (_, i) => String(i)));
    expect(consumers.map(({ received }) => received.length)).to.deep.equal([4, 4, 4]);
  });

  it('passes over a consumer that has no room', () => {
    const full = consumer(1, 1);
    const free = consumer(1);
    subscription.addConsumer(full);
    subscription.addConsumer(free);
    publish('1', '2', '3', '4');
    expect([full.received.length, free.received.length]).to.deep.equal([1, 3]);
  });

  it('gives nothing to a consumer that has left', () => {
    const gone = consumer(1);
    subscription.addConsumer(gone);
    subscription.removeConsumer(gone);
    publish('1');
    expect(gone.received).to.deep.equal([]);
    expect(subscription.queue.hasReady).to.equal(true);
  });

  it('delivers a nacked message to another consumer at once', () => {
    const first = consumer(1, 1);
    subscription.addConsumer(first);
    publish('1');
    const second = consumer(1);
    subscription.addConsumer(second);
    subscription.modifyAckDeadlines([[first.received[0]?.ackId ?? '', 0]]);
    expect(second.received).to.have.lengthOf(1);
  });

  it('limits a batch by bytes: the message that passes the limit is the last', () => {
    publish('1', '2', '3'); // of 4 bytes each
    const limits = { maxMessages: 10, maxBytes: 5 };
    expect(subscription.leaseBatch(limits, 10)).to.have.lengthOf(2);
  });

  it('reports delivery attempts only with a dead-letter policy', () => {
    publish('1');
    const limits = { maxMessages: 1, maxBytes: 1_000 };
    expect(subscription.leaseBatch(limits, 10)[0]?.deliveryAttempt).to.equal(0);
    subscription = subscribe({ deadLetterPolicy });
    publish('1');
    expect(subscription.leaseBatch(limits, 10)[0]?.deliveryAttempt).to.equal(1);
  });

  it('refuses an invalid ack id, and then changes nothing', () => {
    publish('1');
    const [received] = subscription.leaseBatch({ maxMessages: 1, maxBytes: 1 }, 10);
    const ackId = received?.ackId ?? '';
    expect(() => subscription.acknowledge([ackId, 'nonsense'])).to.throw('invalid ack ID');
    expect(() =>
      subscription.modifyAckDeadlines([
        [ackId, 0],
        ['nonsense', 0],
      ]),
    ).to.throw('invalid ack ID');
    expect(() => subscription.modifyAckDeadlines([[ackId, 601]])).to.throw('ack deadline');
    expect(subscription.queue.leasedCount).to.equal(1);
  });

  it("refuses another subscription's ack id", () => {
    const other = subscribe({ name: 'projects/shop/subscriptions/other' });
    other.queue.enqueue(storedMessage('1'));
    const [received] = other.leaseBatch({ maxMessages: 1, maxBytes: 1 }, 10);
    expect(() => subscription.acknowledge([received?.ackId ?? '']))
      .to.throw('invalid ack ID')
      .with.property('code', 3);
    expect(other.queue.leasedCount).to.equal(1);
  });

  // https://cloud.google.com/pubsub/docs/exactly-once-delivery
  it('reports ack ids without effect only with exactly-once delivery', () => {
    for (const enableExactlyOnceDelivery of [false, true]) {
      subscription = subscribe({ enableExactlyOnceDelivery });
      publish('1', '2');
      const batch = subscription.leaseBatch({ maxMessages: 2, maxBytes: 100 }, 10);
      const [first = '', second = ''] = batch.map(({ ackId }) => ackId);
      subscription.modifyAckDeadlines([[first, 0]]);
      const failures = subscription.acknowledge([first, second]);
      const deadlineFailures = subscription.modifyAckDeadlines([[first, 20]]);
      const expected = enableExactlyOnceDelivery ? [[first, 'invalid']] : [];
      expect([...failures]).to.deep.equal(expected);
      expect([...deadlineFailures]).to.deep.equal(expected);
    }
    publish('3');
    const [third] = subscription.leaseBatch({ maxMessages: 1, maxBytes: 100 }, 10);
    const ackId = third?.ackId ?? '';
    expect([...subscription.acknowledge([ackId, ackId])]).to.deep.equal([]); // the same one twice
    expect([...subscription.acknowledge(['nonsense'])]).to.deep.equal([['nonsense', 'invalid']]);
  });

  it('counts an attempt of each message of a key when all are nacked together', () => {
    subscription = subscribe({ enableMessageOrdering: true, deadLetterPolicy });
    for (const id of ['1', '2']) {
      subscription.queue.enqueue(storedMessage(id, 0, { orderingKey: 'a' }));
    }
    const limits = { maxMessages: 2, maxBytes: 100 };
    const batch = subscription.leaseBatch(limits, 10);
    subscription.modifyAckDeadlines(batch.map(({ ackId }) => [ackId, 0]));
    const again = subscription.leaseBatch(limits, 10);
    expect(
      again.map(({ message, deliveryAttempt }) => [message.messageId, deliveryAttempt]),
    ).to.deep.equal([
      ['1', 2],
      ['2', 2],
    ]);
  });

  it('ends its consumers when it closes or changes to push', () => {
    const [first, second] = [consumer(1), consumer(1)];
    subscription.addConsumer(first);
    subscription.configure({ ...subscription.config, pushConfig: pushTo('http://127.0.0.1/') });
    expect(first.ends.map(({ code }) => code)).to.deep.equal([9]);
    subscription.addConsumer(second);
    subscription.close(notFound('projects/shop/subscriptions/billing'));
    expect(second.ends.map(({ code }) => code)).to.deep.equal([5]);
    expect(first.ends).to.have.lengthOf(1);
  });
});
