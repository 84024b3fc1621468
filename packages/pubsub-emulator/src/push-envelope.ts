import { type PubsubMessage, toRfc3339 } from './protocol.js';

/**
 * The JSON body of a wrapped push, as documented: https://cloud.google.com/pubsub/docs/push#receive_push
 * Fields that are empty are left out, as in any protobuf JSON. `deliveryAttempt` is for subscriptions with a
 * dead-letter policy.
 */
export function toPushEnvelope(
  message: PubsubMessage,
  subscriptionName: string,
  deliveryAttempt?: number,
): string {
  const publishTime = toRfc3339(message.publishTime);
  return JSON.stringify({
    ...(deliveryAttempt !== undefined && { deliveryAttempt }),
    message: {
      ...(Object.keys(message.attributes).length > 0 && { attributes: message.attributes }),
      ...(message.data.length > 0 && { data: message.data.toString('base64') }),
      messageId: message.messageId,
      message_id: message.messageId,
      ...(message.orderingKey && { orderingKey: message.orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription: subscriptionName,
  });
}
