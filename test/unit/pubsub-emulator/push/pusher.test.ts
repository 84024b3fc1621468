import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import type { Subscription as SubscriptionConfig } from 'iex-pubsub-emulator/protocol/messages';
import { unavailable } from 'iex-pubsub-emulator/protocol/status';
import { toSubscriptionConfig } from 'iex-pubsub-emulator/resources/subscription-settings';
import { Subscription } from 'iex-pubsub-emulator/subscriptions/subscription';
import { FakeClock } from 'iex-test/support/fake-clock';
import { pushTo, seconds, storedMessage, subscriptionRequest } from '../fixtures.js';
import { FakePushTransport, pushDelivery } from './fake-push-transport.js';

const ENDPOINT = 'http://127.0.0.1:8080/push';
const deadLetterPolicy = { deadLetterTopic: 'projects/shop/topics/dead', maxDeliveryAttempts: 5 };

describe('Pusher', () => {
  let clock: FakeClock;
  let transport: FakePushTransport;

  beforeEach(() => {
    clock = new FakeClock();
    transport = new FakePushTransport();
  });

  function subscribe(fields: Partial<SubscriptionConfig> = {}): Subscription {
    const request = subscriptionRequest({ pushConfig: pushTo(ENDPOINT), ...fields });
    const config = toSubscriptionConfig(request);
    return new Subscription(config, clock, pushDelivery(clock, transport), () => true);
  }

  function publish(subscription: Subscription, ...ids: string[]): void {
    for (const id of ids) subscription.queue.enqueue(storedMessage(id, clock.now()));
    subscription.deliver();
  }

  function pushedIds(): string[] {
    return transport.pushes.map(({ envelope }) => envelope.message.messageId);
  }

  it('posts each message to the endpoint, and removes those that are acknowledged', async () => {
    const subscription = subscribe();
    publish(subscription, '1', '2');
    expect(pushedIds()).to.deep.equal(['1', '2']);
    expect(transport.last.endpoint).to.equal(ENDPOINT);
    expect(transport.last.envelope.subscription).to.equal(subscription.config.name);
    for (const push of transport.pushes) await push.answer('acknowledged');
    clock.advance(3_600_000);
    expect(pushedIds()).to.deep.equal(['1', '2']);
    expect(subscription.queue.leasedCount).to.equal(0);
  });

  it('has 1,000 pushes outstanding, and sends the next when a response arrives', async () => {
    const subscription = subscribe();
    publish(subscription, ...Array.from({ length: 1_001 }, (_, i) => String(i)));
    expect(transport.pushes).to.have.lengthOf(1_000);
    await transport.pushes[500]?.answer('acknowledged');
    expect(transport.pushes).to.have.lengthOf(1_001);
  });

  // https://cloud.google.com/pubsub/docs/ordering#push
  it('pushes one message of an ordering key at a time', async () => {
    const subscription = subscribe({ enableMessageOrdering: true });
    for (const [id, orderingKey] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['b1', 'b'],
    ] as const) {
      subscription.queue.enqueue(storedMessage(id, 0, { orderingKey }));
    }
    subscription.deliver();
    expect(pushedIds()).to.deep.equal(['a1', 'b1']);
    await transport.pushes[0]?.answer('acknowledged');
    expect(pushedIds()).to.deep.equal(['a1', 'b1', 'a2']);
  });

  it('pushes again after a failure, once the backoff is over', async () => {
    const subscription = subscribe();
    publish(subscription, '1');
    await transport.last.answer('failed');
    publish(subscription, '2');
    clock.advance(99);
    expect(pushedIds()).to.deep.equal(['1']);
    clock.advance(1);
    expect(pushedIds()).to.deep.equal(['1', '1', '2']);
  });

  it('treats a push that cannot be sent as a failure', async () => {
    const subscription = subscribe();
    transport.failure = new URIError('URI malformed');
    publish(subscription, '1');
    await nextTurn();
    expect(subscription.queue.leasedCount).to.equal(0);
    transport.failure = undefined;
    clock.advance(100);
    expect(pushedIds()).to.deep.equal(['1']);
  });

  it('returns to full speed at the first success', async () => {
    const subscription = subscribe();
    publish(subscription, 'slow');
    const slow = transport.last;
    publish(subscription, 'failing');
    for (const backoff of [100, 200, 400, 800, 1_600]) {
      await transport.last.answer('failed');
      clock.advance(backoff);
    }
    await transport.last.answer('failed'); // 3,200 ms of backoff begin
    publish(subscription, 'new');
    const before = transport.pushes.length;
    await slow.answer('acknowledged');
    expect(pushedIds().slice(before)).to.have.members(['new', 'failing']);
  });

  it('treats a missing response at the ack deadline as a failure', () => {
    const subscription = subscribe({ ackDeadlineSeconds: 20 });
    publish(subscription, '1');
    const [first] = transport.pushes;
    clock.advance(19_999);
    expect(first?.isAborted).to.equal(false);
    clock.advance(101);
    expect(first?.isAborted).to.equal(true);
    clock.advance(100);
    expect(pushedIds()).to.deep.equal(['1', '1']);
  });

  it('delays each failed message by itself when there is a retry policy', async () => {
    const retryPolicy = { minimumBackoff: seconds(5), maximumBackoff: seconds(60) };
    const subscription = subscribe({ retryPolicy });
    publish(subscription, '1');
    await transport.last.answer('failed');
    publish(subscription, '2');
    expect(pushedIds()).to.deep.equal(['1', '2']);
    clock.advance(4_999);
    expect(pushedIds()).to.deep.equal(['1', '2']);
    clock.advance(101);
    expect(pushedIds()).to.deep.equal(['1', '2', '1']);
  });

  it('sends the delivery attempt only when there is a dead-letter policy', async () => {
    publish(subscribe(), '1');
    expect(transport.last.envelope).to.not.have.property('deliveryAttempt');
    publish(subscribe({ deadLetterPolicy }), '1');
    expect(transport.last.envelope.deliveryAttempt).to.equal(1);
    await transport.last.answer('failed');
    clock.advance(100);
    expect(transport.last.envelope.deliveryAttempt).to.equal(2);
  });

  it('goes to a new endpoint at once, even during a backoff', async () => {
    const subscription = subscribe();
    publish(subscription, '1');
    await transport.last.answer('failed');
    subscription.configure({
      ...subscription.config,
      pushConfig: pushTo('http://127.0.0.1:9090/'),
    });
    expect(transport.last.endpoint).to.equal('http://127.0.0.1:9090/');
  });

  it('stops when the subscription becomes a pull subscription; late responses still count', async () => {
    const subscription = subscribe();
    publish(subscription, '1');
    subscription.configure({ ...subscription.config, pushConfig: pushTo('') });
    publish(subscription, '2');
    expect(pushedIds()).to.deep.equal(['1']);
    await transport.last.answer('acknowledged');
    expect(subscription.queue.leasedCount).to.equal(0);
    subscription.configure({ ...subscription.config, pushConfig: pushTo(ENDPOINT) });
    expect(pushedIds()).to.deep.equal(['1', '2']);
  });

  it('aborts all pushes on close and sets no more timers', async () => {
    const subscription = subscribe();
    publish(subscription, '1', '2');
    subscription.close(unavailable());
    expect(transport.pushes.every(({ isAborted }) => isAborted)).to.equal(true);
    await transport.last.answer('failed');
    expect(clock.timerCount).to.equal(0);
  });
});
