import type { QueuePolicy } from './message-queue.js';
import { type Duration, type Subscription, toMillis } from './protocol.js';
import { isResourceName } from './resource-names.js';
import { invalidArgument, unimplemented } from './status.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

// Defaults and limits: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
const ACK_DEADLINE_SECONDS = { minimum: 10, maximum: 600, absent: 10 };
const RETENTION = { minimum: 10 * MINUTE, maximum: 31 * DAY };
const DEFAULT_RETENTION: Duration = { seconds: (7 * DAY) / 1000, nanos: 0 };
const MINIMUM_EXPIRATION_TTL = DAY;
const DEFAULT_EXPIRATION_TTL: Duration = { seconds: (31 * DAY) / 1000, nanos: 0 };
const DELIVERY_ATTEMPTS = { minimum: 5, maximum: 100, absent: 5 };
const MAXIMUM_BACKOFF = 10 * MINUTE;
const DEFAULT_BACKOFF = { minimum: 10_000, maximum: MAXIMUM_BACKOFF };

/**
 * The configuration that the service would keep for `requested`: checked, with defaults filled in.
 * Throws INVALID_ARGUMENT for values out of range, UNIMPLEMENTED for features that the emulator lacks.
 */
export function toSubscriptionConfig(requested: Subscription): Subscription {
  refuseUnimplemented(requested);
  checkRetention(requested.messageRetentionDuration);
  checkExpiration(requested.expirationPolicy);
  checkRetryPolicy(requested.retryPolicy);
  checkPushEndpoint(requested.pushConfig?.pushEndpoint);
  return {
    ...requested,
    ackDeadlineSeconds: checkAckDeadline(requested.ackDeadlineSeconds),
    messageRetentionDuration: requested.messageRetentionDuration ?? DEFAULT_RETENTION,
    expirationPolicy: requested.expirationPolicy ?? { ttl: DEFAULT_EXPIRATION_TTL },
    deadLetterPolicy: checkDeadLetterPolicy(requested.deadLetterPolicy),
    pushConfig: requested.pushConfig ?? { pushEndpoint: '', attributes: {} },
    detached: false,
    state: 'ACTIVE',
  };
}

/** What the queue has to know of a checked configuration. */
export function toQueuePolicy(config: Subscription): QueuePolicy {
  const { retryPolicy, deadLetterPolicy } = config;
  return {
    retention: toMillis(config.messageRetentionDuration),
    ...(retryPolicy && {
      retryBackoff: {
        minimum: toMillis(retryPolicy.minimumBackoff, DEFAULT_BACKOFF.minimum),
        maximum: toMillis(retryPolicy.maximumBackoff, DEFAULT_BACKOFF.maximum),
      },
    }),
    ...(deadLetterPolicy && { maxDeliveryAttempts: deadLetterPolicy.maxDeliveryAttempts }),
  };
}

/**
 * A deadline of a subscription or a stream in s: 10 to 600, 0 means the default. Throws INVALID_ARGUMENT.
 */
export function checkAckDeadline(seconds: number): number {
  const { minimum, maximum, absent } = ACK_DEADLINE_SECONDS;
  if (seconds === 0) return absent;
  if (seconds < minimum || seconds > maximum) {
    throw invalidArgument(
      `Invalid ack deadline: ${seconds} s. It must be between ${minimum} and ${maximum} s.`,
    );
  }
  return seconds;
}

/** A deadline that a subscriber sets for a message, in s: 0 to 600. Throws INVALID_ARGUMENT. */
export function checkDeadlineExtension(seconds: number): void {
  if (seconds < 0 || seconds > ACK_DEADLINE_SECONDS.maximum) {
    throw invalidArgument(
      `Invalid ack deadline: ${seconds} s. It must be between 0 and ${ACK_DEADLINE_SECONDS.maximum} s.`,
    );
  }
}

function refuseUnimplemented(requested: Subscription): void {
  const features: [string, boolean][] = [
    ['filters', requested.filter !== ''],
    ['message ordering', requested.enableMessageOrdering],
    ['exactly-once delivery', requested.enableExactlyOnceDelivery],
    ['BigQuery subscriptions', requested.bigqueryConfig !== null],
    ['Cloud Storage subscriptions', requested.cloudStorageConfig !== null],
    ['Bigtable subscriptions', requested.bigtableConfig !== null],
    ['message transforms', requested.messageTransforms.length > 0],
    ['tags', Object.keys(requested.tags).length > 0],
    ['push without the wrapper', requested.pushConfig?.noWrapper !== undefined],
    ['push authentication', requested.pushConfig?.oidcToken !== undefined],
    ['push attributes', !isDefaultPushAttributes(requested.pushConfig?.attributes ?? {})],
  ];
  for (const [feature, isRequested] of features) {
    if (isRequested) throw unimplemented(feature);
  }
}

/** The only push attribute is the version of the envelope, and `v1` is the one that is sent. */
function isDefaultPushAttributes(attributes: Record<string, string>): boolean {
  return Object.entries(attributes).every(
    ([key, value]) => key === 'x-goog-version' && value === 'v1',
  );
}

function checkRetention(duration: Duration | null): void {
  if (!duration) return;
  const millis = toMillis(duration);
  if (millis < RETENTION.minimum || millis > RETENTION.maximum) {
    throw invalidArgument(
      `Invalid message retention duration: ${millis / 1000} s. It must be between 10 minutes and 31 days.`,
    );
  }
}

function checkExpiration(policy: Subscription['expirationPolicy']): void {
  if (policy?.ttl && toMillis(policy.ttl) < MINIMUM_EXPIRATION_TTL) {
    throw invalidArgument(
      `Invalid expiration policy: ${policy.ttl.seconds} s. It must be 1 day at least.`,
    );
  }
}

function checkRetryPolicy(policy: Subscription['retryPolicy']): void {
  if (!policy) return;
  const minimum = toMillis(policy.minimumBackoff, DEFAULT_BACKOFF.minimum);
  const maximum = toMillis(policy.maximumBackoff, DEFAULT_BACKOFF.maximum);
  if (minimum < 0 || minimum > maximum || maximum > MAXIMUM_BACKOFF) {
    throw invalidArgument(
      `Invalid retry policy: backoff of ${minimum / 1000} to ${maximum / 1000} s. ` +
        'It must lie between 0 and 600 s, with the minimum not above the maximum.',
    );
  }
}

function checkDeadLetterPolicy(
  policy: Subscription['deadLetterPolicy'],
): Subscription['deadLetterPolicy'] {
  if (!policy) return null;
  if (!isResourceName('topics', policy.deadLetterTopic)) {
    throw invalidArgument(`Invalid dead letter topic: (name=${policy.deadLetterTopic})`);
  }
  const { minimum, maximum, absent } = DELIVERY_ATTEMPTS;
  const maxDeliveryAttempts = policy.maxDeliveryAttempts || absent;
  if (maxDeliveryAttempts < minimum || maxDeliveryAttempts > maximum) {
    throw invalidArgument(
      `Invalid dead letter policy: ${maxDeliveryAttempts} delivery attempts. ` +
        `It must be between ${minimum} and ${maximum}.`,
    );
  }
  return { ...policy, maxDeliveryAttempts };
}

function checkPushEndpoint(endpoint: string | undefined): void {
  if (!endpoint) return;
  const protocol = URL.canParse(endpoint) ? new URL(endpoint).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw invalidArgument(`Invalid push endpoint: "${endpoint}" is not an HTTP URL.`);
  }
}
