import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type PubsubMessage, type Subscription, toRfc3339 } from '../protocol/messages.js';
import { toPushEnvelope } from './envelope.js';
import { unsignedIdToken } from './id-token.js';

/** A push as HTTP sends it. */
export interface PushRequest {
  headers: Record<string, string>;
  body: string | Buffer;
}

/** Headers that HTTP itself or the push sets, and that no attribute may change. */
const RESERVED_HEADERS = new Set([
  'authorization',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

/**
 * The push of a message by the settings of its subscription:
 * https://cloud.google.com/pubsub/docs/push#receive_push and
 * https://cloud.google.com/pubsub/docs/payload-unwrapping
 *
 * @param now in ms since the epoch
 * @param deliveryAttempt for subscriptions with a dead-letter policy
 */
export function toPushRequest(
  message: PubsubMessage,
  { name, pushConfig }: Subscription,
  now: number,
  deliveryAttempt?: number,
): PushRequest {
  const { noWrapper, oidcToken, pushEndpoint = '' } = pushConfig ?? {};
  const { headers, body } = noWrapper
    ? { headers: noWrapper.writeMetadata ? metadata(message, name) : {}, body: message.data }
    : {
        headers: { 'content-type': 'application/json' },
        body: toPushEnvelope(message, name, deliveryAttempt),
      };
  const authorization = oidcToken && {
    authorization: `Bearer ${unsignedIdToken(oidcToken, pushEndpoint, now)}`,
  };
  return { headers: { ...headers, ...authorization }, body };
}

/** What the wrapper would have said, as headers. */
function metadata(message: PubsubMessage, subscription: string): Record<string, string> {
  const attributes = Object.entries(message.attributes).filter(
    ([key, value]) => !RESERVED_HEADERS.has(key.toLowerCase()) && isHeader(key, value),
  );
  return {
    ...Object.fromEntries(attributes),
    'x-goog-pubsub-subscription-name': subscription,
    'x-goog-pubsub-message-id': message.messageId,
    'x-goog-pubsub-publish-time': toRfc3339(message.publishTime),
    ...(isHeader('x-goog-pubsub-ordering-key', message.orderingKey) &&
      message.orderingKey && { 'x-goog-pubsub-ordering-key': message.orderingKey }),
  };
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
