import { type PubsubMessage, toRfc3339 } from './protocol.js';
import { projectId, resourceId } from './resource-names.js';

/**
 * What is published to the dead-letter topic for a message that `subscriptionName` could not deliver: the message
 * with attributes that tell where it comes from, as documented:
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
