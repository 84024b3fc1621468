import { expect } from 'chai';
import type { Subscription } from 'iex-pubsub-emulator/protocol/messages';
import { toSubscriptionConfig } from 'iex-pubsub-emulator/resources/subscription-settings';
import { pushTo, seconds, subscriptionRequest } from '../fixtures.js';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
const deadLetterTopic = 'projects/shop/topics/dead';

function configure(fields: Partial<Subscription>): Subscription {
  return toSubscriptionConfig(subscriptionRequest(fields));
}

describe('toSubscriptionConfig', () => {
  it('fills in the defaults of the service', () => {
    expect(configure({})).to.deep.include({
      ackDeadlineSeconds: 10,
      messageRetentionDuration: seconds(7 * DAY),
      expirationPolicy: { ttl: seconds(31 * DAY) },
      deadLetterPolicy: null,
      retryPolicy: null,
      state: 'ACTIVE',
    });
  });

  it('keeps settings that have no effect', () => {
    const fields = {
      labels: { team: 'quotes' },
      retainAckedMessages: true,
      expirationPolicy: { ttl: null },
    };
    expect(configure(fields)).to.deep.include(fields);
  });

  const accepted: [string, Partial<Subscription>][] = [
    ['the shortest ack deadline', { ackDeadlineSeconds: 10 }],
    ['the longest ack deadline', { ackDeadlineSeconds: 600 }],
    ['the shortest retention', { messageRetentionDuration: seconds(10 * MINUTE) }],
    ['the longest retention', { messageRetentionDuration: seconds(31 * DAY) }],
    [
      'the shortest expiration',
      { expirationPolicy: { ttl: seconds(DAY) }, messageRetentionDuration: seconds(DAY) },
    ],
    ['a filter of 256 bytes', { filter: `attributes.key = "x${'é'.repeat(118)}"` }],
    ['message ordering', { enableMessageOrdering: true }],
    ['5 delivery attempts', { deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 } }],
    ['100 delivery attempts', { deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 100 } }],
    ['no backoff', { retryPolicy: { minimumBackoff: seconds(0), maximumBackoff: seconds(0) } }],
    [
      'the longest backoff',
      { retryPolicy: { minimumBackoff: seconds(10), maximumBackoff: seconds(600) } },
    ],
  ];
  for (const [what, fields] of accepted) {
    it(`accepts ${what}`, () => {
      expect(configure(fields)).to.deep.include(fields);
    });
  }

  const invalid: [string, Partial<Subscription>][] = [
    ['an ack deadline below 10 s', { ackDeadlineSeconds: 9 }],
    ['an ack deadline above 600 s', { ackDeadlineSeconds: 601 }],
    ['a negative ack deadline', { ackDeadlineSeconds: -1 }],
    ['a retention below 10 minutes', { messageRetentionDuration: seconds(10 * MINUTE - 1) }],
    [
      'a retention a little above 31 days',
      { messageRetentionDuration: { seconds: 31 * DAY, nanos: 1_000_000 } },
    ],
    [
      'an expiration below a day',
      { expirationPolicy: { ttl: seconds(DAY - 1) }, messageRetentionDuration: seconds(600) },
    ],
    [
      'an expiration that is shorter than the retention',
      { expirationPolicy: { ttl: seconds(7 * DAY - 1) } },
    ],
    ['an upper-case label key', { labels: { Team: 'quotes' } }],
    ['a filter that does not parse', { filter: 'attributes.key' }],
    ['a filter of 257 bytes', { filter: `attributes.key = "${'é'.repeat(119)}"` }],
    ['4 delivery attempts', { deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 4 } }],
    ['101 delivery attempts', { deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 101 } }],
    [
      'an invalid dead-letter topic',
      { deadLetterPolicy: { deadLetterTopic: 'dead', maxDeliveryAttempts: 5 } },
    ],
    [
      'a backoff above 600 s',
      { retryPolicy: { minimumBackoff: null, maximumBackoff: seconds(601) } },
    ],
    ['a negative backoff', { retryPolicy: { minimumBackoff: seconds(-1), maximumBackoff: null } }],
    [
      'a minimum backoff above the maximum',
      { retryPolicy: { minimumBackoff: seconds(2), maximumBackoff: seconds(1) } },
    ],
  ];
  for (const [what, fields] of invalid) {
    it(`refuses ${what}`, () => {
      expect(() => configure(fields))
        .to.throw('Invalid')
        .with.property('code', 3);
    });
  }

  const unimplemented: [string, Partial<Subscription>][] = [
    ['BigQuery subscriptions', { bigqueryConfig: {} }],
    ['Cloud Storage subscriptions', { cloudStorageConfig: {} }],
    ['Bigtable subscriptions', { bigtableConfig: {} }],
    ['message transforms', { messageTransforms: [{}] }],
    ['tags', { tags: { key: 'value' } }],
  ];
  for (const [feature, fields] of unimplemented) {
    it(`refuses ${feature} as unimplemented`, () => {
      expect(() => configure(fields))
        .to.throw(feature)
        .with.property('code', 12);
    });
  }

  it('fills in the default backoffs of a retry policy, 10 s and 600 s', () => {
    const config = configure({ retryPolicy: { minimumBackoff: null, maximumBackoff: null } });
    expect(config.retryPolicy).to.deep.equal({
      minimumBackoff: seconds(10),
      maximumBackoff: seconds(600),
    });
  });

  // https://cloud.google.com/pubsub/docs/exactly-once-delivery
  it('has an ack deadline of 60 s by default with exactly-once delivery, and refuses push', () => {
    expect(configure({ enableExactlyOnceDelivery: true }).ackDeadlineSeconds).to.equal(60);
    const fields = { enableExactlyOnceDelivery: true, pushConfig: pushTo('http://h/') };
    expect(() => configure(fields))
      .to.throw('exactly-once')
      .with.property('code', 3);
  });

  it('treats 0 delivery attempts as the default of 5', () => {
    const config = configure({ deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 0 } });
    expect(config.deadLetterPolicy?.maxDeliveryAttempts).to.equal(5);
  });

  it('can be repeated without changing anything', () => {
    const config = configure({ ackDeadlineSeconds: 30, pushConfig: pushTo('http://h/') });
    expect(toSubscriptionConfig(config)).to.deep.equal(config);
  });
});
