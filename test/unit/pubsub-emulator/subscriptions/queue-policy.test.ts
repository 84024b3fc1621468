import { expect } from 'chai';
import type { Subscription } from 'iex-pubsub-emulator/protocol/messages';
import { toSubscriptionConfig } from 'iex-pubsub-emulator/resources/subscription-settings';
import { toQueuePolicy } from 'iex-pubsub-emulator/subscriptions/queue-policy';
import { seconds, subscriptionRequest } from '../fixtures.js';

const DAY = 24 * 60 * 60;
const deadLetterTopic = 'projects/shop/topics/dead';

const NO_FEATURES = { isOrdered: false, isExactlyOnce: false, retainsAcknowledged: false };

function configure(fields: Partial<Subscription>): Subscription {
  return toSubscriptionConfig(subscriptionRequest(fields));
}

describe('toQueuePolicy', () => {
  it('has no backoff and no dead letters without the policies', () => {
    expect(toQueuePolicy(configure({}))).to.deep.equal({
      ...NO_FEATURES,
      retention: 7 * DAY * 1000,
    });
  });

  it('reads durations in ms', () => {
    const config = configure({
      messageRetentionDuration: seconds(1_800),
      retryPolicy: { minimumBackoff: { seconds: 0, nanos: 1e7 }, maximumBackoff: seconds(1) },
      deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 7 },
    });
    expect(toQueuePolicy(config)).to.deep.equal({
      ...NO_FEATURES,
      retention: 1_800_000,
      retryBackoff: { minimum: 10, maximum: 1_000 },
      maxDeliveryAttempts: 7,
    });
  });

  // https://cloud.google.com/pubsub/docs/replay-overview#configuring_message_retention
  it('keeps messages as long as the topic or the subscription retains them', () => {
    const config = configure({ messageRetentionDuration: seconds(1_800) });
    const retentionWith = (topicSeconds: number) =>
      toQueuePolicy({ ...config, topicMessageRetentionDuration: seconds(topicSeconds) }).retention;
    expect([600, 3_600].map(retentionWith)).to.deep.equal([1_800_000, 3_600_000]);
  });
});
