import { type PubsubMessage, toRfc3339 } from '../protocol/messages.js';
import { projectId, resourceId } from '../protocol/resource-names.js';

/**
 * The message that goes to the dead-letter topic for one that `subscriptionName` could not deliver:
 * the same, with attributes that describe its source, as documented:
 * https://cloud.google.com/pubsub/docs/dead-letter-topics#how_dead_letter_topics_work
 */
export function toDeadLetter(
  message: PubsubMessage,
  subscriptionName: string,
  deliveryAttempt: number,
): PubsubMessage {
  return {
    ...message,
    attributes: {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(deliveryAttempt),
      CloudPubSubDeadLetterSourceSubscription: resourceId(subscriptionName),
      CloudPubSubDeadLetterSourceSubscriptionProject: projectId(subscriptionName),
      CloudPubSubDeadLetterSourceTopicPublishTime: toRfc3339(message.publishTime),
    },
  };
}
