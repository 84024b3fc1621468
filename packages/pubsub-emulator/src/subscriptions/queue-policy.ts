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
  /** A message that is not acknowledged after so many deliveries is a dead letter. */
  readonly maxDeliveryAttempts?: number;
}

/** The part of a checked configuration that the queue needs. */
export function toQueuePolicy(config: Subscription): QueuePolicy {
  const { retryPolicy, deadLetterPolicy } = config;
  return {
    retention: toMillis(config.messageRetentionDuration),
    ...(retryPolicy && {
      retryBackoff: {
        minimum: toMillis(retryPolicy.minimumBackoff),
        maximum: toMillis(retryPolicy.maximumBackoff),
      },
    }),
    ...(deadLetterPolicy && { maxDeliveryAttempts: deadLetterPolicy.maxDeliveryAttempts }),
  };
}
