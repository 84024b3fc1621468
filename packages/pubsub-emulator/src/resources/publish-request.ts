import type { PubsubMessage } from '../protocol/messages.js';
import { invalidArgument } from '../protocol/status.js';

// https://cloud.google.com/pubsub/quotas#resource_limits
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 10_000_000;
const MAX_ATTRIBUTES = 100;
const MAX_KEY_BYTES = 256;
const MAX_VALUE_BYTES = 1_024;
const MAX_ORDERING_KEY_BYTES = 1_024;

/**
 * Attributes with which the clients' OpenTelemetry support passes on W3C's trace context. Apart from
 * them, keys that begin with `goog` are the service's own:
 * https://cloud.google.com/pubsub/docs/open-telemetry-tracing
 */
const TRACE_CONTEXT_KEYS = new Set(['googclient_traceparent', 'googclient_tracestate']);

/**
 * Size of a message in bytes as limits and flow control count it here: its contents without
 * protobuf's framing.
 */
export function messageSize(message: PubsubMessage): number {
  let size = message.data.length + Buffer.byteLength(message.orderingKey);
  for (const key of Object.keys(message.attributes)) {
    size += Buffer.byteLength(key) + Buffer.byteLength(message.attributes[key] ?? '');
  }
  return size;
}

/**
 * @returns the size of the request in bytes
 * @throws {PubSubError} INVALID_ARGUMENT unless the service would accept these messages in one
 *   publish request
 */
export function checkPublishRequest(messages: PubsubMessage[]): number {
  checkLimit('message_count', messages.length, MAX_MESSAGES);
  if (messages.length === 0) {
    throw invalidArgument(
      'The value for message_count is too small. You passed 0 in the request, but the minimum value is 1.',
    );
  }
  let requestSize = 0;
  for (const message of messages) requestSize += checkMessage(message);
  checkLimit('request_size', requestSize, MAX_BYTES);
  return requestSize;
}

/** @returns its size in bytes */
function checkMessage({ data, attributes, orderingKey }: PubsubMessage): number {
  const keys = Object.keys(attributes);
  if (data.length === 0 && keys.length === 0) {
    throw invalidArgument(
      'One or more messages in the publish request is empty. ' +
        'Each message must contain either non-empty data, or at least one attribute.',
    );
  }
  checkLimit('attributes', keys.length, MAX_ATTRIBUTES);
  let size = data.length;
  for (const key of keys) {
    if (!isAllowedKey(key)) {
      throw invalidArgument(
        `The request contains an attribute key that is not valid (key=${key}). ` +
          "Attribute keys must be non-empty and must not begin with 'goog' (case-insensitive).",
      );
    }
    const keySize = Buffer.byteLength(key);
    const valueSize = Buffer.byteLength(attributes[key] ?? '');
    checkLimit('attribute key size', keySize, MAX_KEY_BYTES);
    checkLimit('attribute value size', valueSize, MAX_VALUE_BYTES);
    size += keySize + valueSize;
  }
  const orderingKeySize = Buffer.byteLength(orderingKey);
  checkLimit('ordering_key size', orderingKeySize, MAX_ORDERING_KEY_BYTES);
  return size + orderingKeySize;
}

function isAllowedKey(key: string): boolean {
  return TRACE_CONTEXT_KEYS.has(key) || !/^(goog|$)/i.test(key);
}

function checkLimit(what: string, value: number, maximum: number): void {
  if (value > maximum) {
    throw invalidArgument(
      `The value for ${what} is too large. You passed ${value} in the request, but the maximum value is ${maximum}.`,
    );
  }
}
