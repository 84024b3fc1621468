import { type Duration, type Subscription, toMillis } from '../protocol/messages.js';
import { isResourceName } from '../protocol/resource-names.js';
import { invalidArgument } from '../protocol/status.js';
import { checkAckDeadline } from '../subscriptions/ack-deadline.js';
import { parseFilter } from '../subscriptions/filter-parser.js';
import { checkLabels } from './labels.js';
import { toPushConfig } from './push-settings.js';
import { checkRetention } from './topic-settings.js';
import { refuseUnsupported } from './unsupported.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

// Defaults and limits:
// https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
const EXACTLY_ONCE_ACK_DEADLINE = 60;
const DEFAULT_RETENTION: Duration = { seconds: (7 * DAY) / 1000, nanos: 0 };
const MINIMUM_EXPIRATION_TTL = DAY;
const DEFAULT_EXPIRATION_TTL: Duration = { seconds: (31 * DAY) / 1000, nanos: 0 };
const DELIVERY_ATTEMPTS = { minimum: 5, maximum: 100, absent: 5 };
const MAXIMUM_BACKOFF = 10 * MINUTE;
const DEFAULT_RETRY_POLICY = {
  minimumBackoff: { seconds: 10, nanos: 0 },
  maximumBackoff: { seconds: MAXIMUM_BACKOFF / 1000, nanos: 0 },
};

/**
 * The configuration that the service would keep for `requested`: checked, with defaults filled in.
 *
 * @param current the subscription's configuration, if it exists already
 * @throws {PubSubError} INVALID_ARGUMENT for values out of range, UNIMPLEMENTED for features that
 *   the emulator lacks
 */
export function toSubscriptionConfig(
  requested: Subscription,
  current: Subscription | null = null,
): Subscription {
  refuseUnsupported('Subscription', requested);
  checkLabels(requested.labels);
  checkRetention(requested.messageRetentionDuration);
  if (requested.filter) parseFilter(requested.filter);
  const config: Subscription = {
    ...requested,
    ackDeadlineSeconds: ackDeadlineOf(requested),
    messageRetentionDuration: requested.messageRetentionDuration ?? DEFAULT_RETENTION,
    expirationPolicy: requested.expirationPolicy ?? { ttl: DEFAULT_EXPIRATION_TTL },
    retryPolicy: checkRetryPolicy(requested.retryPolicy),
    deadLetterPolicy: checkDeadLetterPolicy(requested.deadLetterPolicy),
    pushConfig: toPushConfig(requested.pushConfig, current?.pushConfig),
    state: 'ACTIVE',
  };
  checkExpiration(config);
  checkExactlyOnce(config);
  return config;
}

/** Longer by default with exactly-once delivery, as documented: see `checkExactlyOnce`. */
function ackDeadlineOf({ ackDeadlineSeconds, enableExactlyOnceDelivery }: Subscription): number {
  if (ackDeadlineSeconds === 0 && enableExactlyOnceDelivery) return EXACTLY_ONCE_ACK_DEADLINE;
  return checkAckDeadline(ackDeadlineSeconds);
}

/** https://cloud.google.com/pubsub/docs/subscription-properties#expiration_period */
function checkExpiration({ expirationPolicy, messageRetentionDuration }: Subscription): void {
  if (!expirationPolicy?.ttl) return; // it never expires
  const ttl = toMillis(expirationPolicy.ttl);
  if (ttl < MINIMUM_EXPIRATION_TTL || ttl < toMillis(messageRetentionDuration)) {
    throw invalidArgument(
      `Invalid expiration policy: ${ttl / 1000} s. It must be at least 1 day, and not shorter than the message retention.`,
    );
  }
}

/** https://cloud.google.com/pubsub/docs/exactly-once-delivery#exactly-once_push */
function checkExactlyOnce({ enableExactlyOnceDelivery, pushConfig }: Subscription): void {
  if (enableExactlyOnceDelivery && pushConfig?.pushEndpoint) {
    throw invalidArgument('Push subscriptions do not support exactly-once delivery.');
  }
}

function checkRetryPolicy(policy: Subscription['retryPolicy']): Subscription['retryPolicy'] {
  if (!policy) return null;
  const minimumBackoff = policy.minimumBackoff ?? DEFAULT_RETRY_POLICY.minimumBackoff;
  const maximumBackoff = policy.maximumBackoff ?? DEFAULT_RETRY_POLICY.maximumBackoff;
  const [minimum, maximum] = [toMillis(minimumBackoff), toMillis(maximumBackoff)];
  if (minimum < 0 || minimum > maximum || maximum > MAXIMUM_BACKOFF) {
    throw invalidArgument(
      `Invalid retry policy: backoff of ${minimum / 1000} to ${maximum / 1000} s. ` +
        'It must lie between 0 and 600 s, with the minimum not above the maximum.',
    );
  }
  return { minimumBackoff, maximumBackoff };
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
