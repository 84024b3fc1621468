import {
  addressOf,
  each,
  emailOf,
  FUNCTIONS,
  fedTopicsOf,
  functionsOf,
  jobsOf,
  type Specification,
  topicId,
} from './names.js';
import type { Settings } from './settings.js';

/** A function handles a message for a minute, and may need 20 s more to publish its last quotes. */
export const FUNCTION_TIMEOUT_SECONDS = 90;

/**
 * So often a message is given to a function before it becomes a dead letter: 5 is the fewest that
 * Pub/Sub allows.
 */
export const DELIVERY_ATTEMPTS = 5;

/** How long the messages of a job wait for it, and can be read once more. */
export const JOB_RETENTION_SECONDS = 1800;

/**
 * No subscription of a function may disappear by itself, only because a market was closed for a
 * month.
 */
const NEVER_EXPIRES = { ttl: '' };

/** Topics and subscriptions. */
export function messages(settings: Settings): Specification {
  const inRegion = { message_storage_policy: { allowed_persistence_regions: [settings.region] } };
  return {
    ...each('google_pubsub_topic.topic', [...fedTopicsOf(settings), 'iex-aggregate'], (name) => ({
      name,
      ...inRegion,
    })),
    ...each('google_pubsub_topic.dead_letter', fedTopicsOf(settings), (topic) => ({
      name: `${topic}-dead-letter`,
      ...inRegion,
    })),

    // The jobs pull, and keep bad messages in a table: no push, no dead letters, no retry policy.
    ...each('google_pubsub_subscription.aggregate', jobsOf(settings), (job) => ({
      name: job,
      topic: topicId('iex-aggregate'),
      ack_deadline_seconds: 30,
      message_retention_duration: `${JOB_RETENTION_SECONDS}s`,
      retain_acked_messages: true,
      expiration_policy: { ttl: '300000s' },
    })),

    ...each('google_pubsub_subscription.push', functionsOf(settings), (name) => {
      const { topic } = FUNCTIONS[name]!;
      return {
        name: topic,
        topic: topicId(topic),
        // Pub/Sub must not give a message to a second instance while the first may still work on
        // it.
        ack_deadline_seconds: FUNCTION_TIMEOUT_SECONDS,
        // The least that Pub/Sub allows: a tick is of use for a minute.
        message_retention_duration: '600s',
        retain_acked_messages: false,
        expiration_policy: NEVER_EXPIRES,
        push_config: {
          push_endpoint: `${addressOf(name)}/${topicId(topic)}`,
          oidc_token: { audience: addressOf(name), service_account_email: emailOf('iex-push') },
        },
        dead_letter_policy: {
          dead_letter_topic: topicId(`${topic}-dead-letter`),
          max_delivery_attempts: DELIVERY_ATTEMPTS,
        },
        // A role that was granted a moment ago must not cost a message all of its attempts.
        retry_policy: { minimum_backoff: '10s', maximum_backoff: '60s' },
      };
    }),

    // Somebody reads them by hand, a page at a time.
    ...each('google_pubsub_subscription.dead_letter', fedTopicsOf(settings), (topic) => ({
      name: `${topic}-dead-letter`,
      topic: topicId(`${topic}-dead-letter`),
      ack_deadline_seconds: 60,
      message_retention_duration: settings.dead_letter_retention,
      retain_acked_messages: false,
      expiration_policy: NEVER_EXPIRES,
    })),
  };
}
