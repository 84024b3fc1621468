import type { PubsubMessage, Subscription, Topic } from 'iex-pubsub-emulator/protocol/messages';
import type { StoredMessage } from 'iex-pubsub-emulator/subscriptions/lease';

/** A message as gRPC decodes it from a publish request. */
export function message(fields: Partial<PubsubMessage> = {}): PubsubMessage {
  return {
    data: Buffer.from('data'),
    attributes: {},
    messageId: '',
    publishTime: null,
    orderingKey: '',
    ...fields,
  };
}

let sequence = 0;

/** A message in a queue, identified by its id, and published after all others. */
export function storedMessage(
  messageId: string,
  publishedAt = 0,
  fields: Partial<PubsubMessage> = {},
): StoredMessage {
  sequence += 1;
  return { message: message({ messageId, ...fields }), size: 4, publishedAt, sequence };
}

/** A topic as gRPC decodes it from a request that sets only `fields`. */
export function topicRequest(fields: Partial<Topic> = {}): Topic {
  return {
    name: 'projects/shop/topics/orders',
    labels: {},
    messageStoragePolicy: null,
    kmsKeyName: '',
    schemaSettings: null,
    messageRetentionDuration: null,
    state: 'STATE_UNSPECIFIED',
    ingestionDataSourceSettings: null,
    messageTransforms: [],
    tags: {},
    ...fields,
  };
}

/** A subscription as gRPC decodes it from a request that sets only `fields`. */
export function subscriptionRequest(fields: Partial<Subscription> = {}): Subscription {
  return {
    name: 'projects/shop/subscriptions/billing',
    topic: 'projects/shop/topics/orders',
    pushConfig: null,
    bigqueryConfig: null,
    cloudStorageConfig: null,
    bigtableConfig: null,
    ackDeadlineSeconds: 0,
    retainAckedMessages: false,
    messageRetentionDuration: null,
    labels: {},
    enableMessageOrdering: false,
    expirationPolicy: null,
    filter: '',
    deadLetterPolicy: null,
    retryPolicy: null,
    detached: false,
    enableExactlyOnceDelivery: false,
    topicMessageRetentionDuration: null,
    state: 'STATE_UNSPECIFIED',
    messageTransforms: [],
    tags: {},
    ...fields,
  };
}

/** A push configuration for `pushEndpoint`. */
export function pushTo(pushEndpoint: string) {
  return { pushEndpoint, attributes: {} };
}

export function seconds(count: number) {
  return { seconds: count, nanos: 0 };
}
