import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { pull as servePull } from 'iex-pubsub-emulator/grpc/pull';
import type { PullResponse } from 'iex-pubsub-emulator/protocol/messages';
import { notFound } from 'iex-pubsub-emulator/protocol/status';
import { toSubscriptionConfig } from 'iex-pubsub-emulator/resources/subscription-settings';
import { Subscription } from 'iex-pubsub-emulator/subscriptions/subscription';
import { FakeClock } from 'iex-test/support/fake-clock';
import { storedMessage, subscriptionRequest } from '../fixtures.js';
import { pushDelivery } from '../push/fake-push-transport.js';

describe('pull', () => {
  let clock: FakeClock;
  let subscription: Subscription;

  beforeEach(() => {
    clock = new FakeClock();
    subscription = new Subscription(
      toSubscriptionConfig(subscriptionRequest()),
      clock,
      pushDelivery(clock),
      () => true,
    );
  });

  function publish(...ids: string[]): void {
    for (const id of ids) subscription.queue.enqueue(storedMessage(id));
    subscription.deliver();
  }

  /** The part of a call that a pull uses, with its request. */
  function createCall(maxMessages: number, returnImmediately = false) {
    return Object.assign(new EventEmitter(), {
      request: { subscription: '', maxMessages, returnImmediately },
      cancelled: false,
      onceSent() {},
      onceReceived() {},
    });
  }

  function pull(
    from: Subscription,
    call: ReturnType<typeof createCall>,
    withClock: FakeClock,
  ): Promise<PullResponse> {
    return servePull(from, call.request, call, withClock);
  }

  function idsOf({ receivedMessages }: PullResponse): string[] {
    return receivedMessages.map(({ message }) => message.messageId);
  }

  it('responds with the messages that are ready, up to the maximum', async () => {
    publish('1', '2', '3');
    expect(idsOf(await pull(subscription, createCall(2), clock))).to.deep.equal(['1', '2']);
    expect(idsOf(await pull(subscription, createCall(2), clock))).to.deep.equal(['3']);
    expect(clock.timerCount).to.equal(1); // of the leases, not of the pulls
  });

  it('waits for a first message', async () => {
    const answer = pull(subscription, createCall(10), clock);
    clock.advance(9_000);
    publish('1');
    expect(idsOf(await answer)).to.deep.equal(['1']);
  });

  it('waits until a message that another pull has got is delivered again', async () => {
    publish('1');
    const first = await pull(subscription, createCall(1), clock);
    const second = pull(subscription, createCall(1), clock); // with the default ack deadline
    clock.advance(10_100);
    expect(idsOf(await second)).to.deep.equal(idsOf(first));
  });

  it('gives an ordering key to one pull at a time', async () => {
    const request = subscriptionRequest({ enableMessageOrdering: true });
    subscription = new Subscription(
      toSubscriptionConfig(request),
      clock,
      pushDelivery(clock),
      () => true,
    );
    for (const id of ['1', '2', '3']) {
      subscription.queue.enqueue(storedMessage(id, 0, { orderingKey: 'a' }));
    }
    const first = await pull(subscription, createCall(2), clock);
    expect(idsOf(first)).to.deep.equal(['1', '2']);
    const second = pull(subscription, createCall(2), clock);
    const { receivedMessages } = first;
    subscription.acknowledge(receivedMessages.map(({ ackId }) => ackId));
    expect(idsOf(await second)).to.deep.equal(['3']);
    expect(clock.now()).to.equal(0);
  });

  it('responds with no messages after 20 s', async () => {
    const answer = pull(subscription, createCall(10), clock);
    clock.advance(20_000);
    expect(idsOf(await answer)).to.deep.equal([]);
    publish('1');
    expect(subscription.queue.hasReady).to.equal(true);
  });

  it('does not wait when asked to return immediately', async () => {
    const answer = pull(subscription, createCall(10, true), clock);
    clock.advance(0);
    expect(idsOf(await answer)).to.deep.equal([]);
  });

  it('gives each message to one of several that wait', async () => {
    const answers = [1, 2, 3].map(() => pull(subscription, createCall(1), clock));
    publish('1', '2', '3');
    const ids = (await Promise.all(answers)).flatMap(idsOf);
    expect(ids.sort()).to.deep.equal(['1', '2', '3']);
  });

  it('leases nothing for a call that is cancelled while it waits', async () => {
    const call = createCall(10);
    const answer = pull(subscription, call, clock);
    call.cancelled = true;
    call.emit('cancelled');
    publish('1');
    expect(idsOf(await answer)).to.deep.equal([]);
    expect(subscription.queue.hasReady).to.equal(true);
    expect(subscription.queue.leasedCount).to.equal(0);
    expect(clock.timerCount).to.equal(0);
  });

  it('leases nothing for a call that was cancelled before it arrived', async () => {
    publish('1');
    const call = createCall(10);
    call.cancelled = true;
    const answer = pull(subscription, call, clock);
    clock.advance(20_000);
    expect(idsOf(await answer)).to.deep.equal([]);
    expect(subscription.queue.leasedCount).to.equal(0);
  });

  it('fails when the subscription is deleted', async () => {
    const answer = pull(subscription, createCall(10), clock);
    subscription.close(notFound('projects/shop/subscriptions/billing'));
    const error = await answer.catch((reason) => reason);
    expect(error).to.have.property('code', 5);
  });

  for (const maxMessages of [0, -1]) {
    it(`refuses to return ${maxMessages} messages`, () => {
      expect(() => pull(subscription, createCall(maxMessages), clock)).to.throw('max_messages');
    });
  }
});
