import { type Subscription, toMillis } from '../protocol/messages.js';

/** How a queue treats messages; a change applies to those that are already in it. */
export interface QueuePolicy {
  /** Messages older than this, in ms, are dropped. */
  readonly retention: number;
  /**
   * Delay before a redelivery, in ms, doubled with each attempt. Without it, messages are
   * redelivered at once.
   */
  readonly retryBackoff?: { readonly minimum: number; readonly maximum: number };
  /** A message that is not acknowledged after this many deliveries is a dead letter. */
  readonly maxDeliveryAttempts?: number;
  /** Whether messages with an ordering key are delivered in the order of publishing. */
  readonly isOrdered: boolean;
  /** Whether messages with an ordering key have to be acknowledged in that order. */
  readonly isExactlyOnce: boolean;
  /** Whether acknowledged messages are kept for a seek, until they are too old. */
  readonly retainsAcknowledged: boolean;
}

/**
 * The part of a checked configuration that the queue needs. A message stays as long as the topic or
 * the subscription retains it, whichever is longer:
 * https://cloud.google.com/pubsub/docs/replay-overview#configuring_message_retention
 */
export function toQueuePolicy(config: Subscription): QueuePolicy {
  const { retryPolicy, deadLetterPolicy } = config;
  return {
    retention: Math.max(
      toMillis(config.messageRetentionDuration),
      toMillis(config.topicMessageRetentionDuration),
    ),
    isOrdered: config.enableMessageOrdering,
    isExactlyOnce: config.enableExactlyOnceDelivery,
    retainsAcknowledged: config.retainAckedMessages,
    ...(retryPolicy && {
      retryBackoff: {
        minimum: toMillis(retryPolicy.minimumBackoff),
        maximum: toMillis(retryPolicy.maximumBackoff),
      },
    }),
    ...(deadLetterPolicy && { maxDeliveryAttempts: deadLetterPolicy.maxDeliveryAttempts }),
  };
}

/** How long to wait before a message is redelivered after its deliveries so far, in ms. */
export function backoffAfter(deliveryAttempt: number, { retryBackoff }: QueuePolicy): number {
  if (!retryBackoff) return 0;
  return Math.min(retryBackoff.maximum, retryBackoff.minimum * 2 ** (deliveryAttempt - 1));
}
