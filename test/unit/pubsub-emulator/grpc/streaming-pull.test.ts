import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { serveStreamingPull } from 'iex-pubsub-emulator/grpc/streaming-pull';
import type { StreamingPullResponse } from 'iex-pubsub-emulator/protocol/messages';
import { toSubscriptionConfig } from 'iex-pubsub-emulator/resources/subscription-settings';
import { Subscription } from 'iex-pubsub-emulator/subscriptions/subscription';
import { FakeClock } from 'iex-test/support/fake-clock';
import { storedMessage, subscriptionRequest } from '../fixtures.js';
import { pushDelivery } from '../push/fake-push-transport.js';

describe('streaming pull', () => {
  it('leases nothing more for a client that reads slowly, until it has read', () => {
    const clock = new FakeClock();
    const config = toSubscriptionConfig(subscriptionRequest());
    const subscription = new Subscription(config, clock, pushDelivery(clock), () => true);
    const sent: string[] = [];
    const call = Object.assign(new EventEmitter(), {
      write({ receivedMessages }: StreamingPullResponse) {
        sent.push(...receivedMessages.map(({ message }) => message.messageId));
        return false;
      },
      end() {},
    });
    const publish = (id: string) => {
      subscription.queue.enqueue(storedMessage(id));
      subscription.deliver();
    };
    serveStreamingPull(call, () => subscription);
    call.emit('request', {
      subscription: config.name,
      streamAckDeadlineSeconds: 10,
      ackIds: [],
      modifyDeadlineAckIds: [],
      modifyDeadlineSeconds: [],
      maxOutstandingMessages: 0,
      maxOutstandingBytes: 0,
      protocolVersion: 0,
    });
    publish('1');
    publish('2');
    expect(sent).to.deep.equal(['1']);
    expect(subscription.queue.leasedCount).to.equal(1);
    call.emit('drain');
    expect(sent).to.deep.equal(['1', '2']);
  });
});
