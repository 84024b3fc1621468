import {
  addressOf,
  each,
  emailOf,
  FUNCTIONS,
  fedTopicsOf,
  functionsOf,
  hasTicks,
  jobsOf,
  type Specification,
  TICK_SUBSCRIPTIONS,
  topicId,
} from './names.js';
import type { Settings } from './settings.js';

/** A function handles a message for a minute, and may need 20 s more to publish its last quotes. */
export const FUNCTION_TIMEOUT_SECONDS = 90;

/**
 * The number of times that a function gets a message before it becomes a dead letter: the minimum
 * of Pub/Sub.
 */
export const DELIVERY_ATTEMPTS = 5;

/** How long Pub/Sub keeps messages for a job, read or not. */
export const JOB_RETENTION_SECONDS = 1800;

/** How long Pub/Sub keeps messages that BigQuery does not accept. */
export const TICK_RETENTION_SECONDS = 7 * 86_400;

/**
 * A subscription of a function must not be deleted because there were no messages for a month.
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
    ...each(
      'google_pubsub_topic.dead_letter',
      [...fedTopicsOf(settings), ...(hasTicks(settings) ? ['iex-aggregate'] : [])],
      (topic) => ({ name: `${topic}-dead-letter`, ...inRegion }),
    ),

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
        // Pub/Sub must not deliver a message again while an instance may still handle it.
        ack_deadline_seconds: FUNCTION_TIMEOUT_SECONDS,
        // The minimum of Pub/Sub: a function drops messages that are older than a minute.
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
        // Five attempts must not fail within seconds, for example while a role takes effect.
        retry_policy: { minimum_backoff: '10s', maximum_backoff: '60s' },
      };
    }),

    ...(hasTicks(settings) ? tickSubscriptions(settings) : {}),

    // Someone pulls them by hand, a few at a time.
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

/** Pub/Sub writes the messages into BigQuery itself. */
function tickSubscriptions({ project_id }: Settings): Specification {
  const common = {
    ack_deadline_seconds: 60,
    // BigQuery may be out of order for a weekend.
    message_retention_duration: `${TICK_RETENTION_SECONDS}s`,
    retain_acked_messages: false,
    expiration_policy: NEVER_EXPIRES,
    // A failure of seconds must not make dead letters of valid quotes.
    retry_policy: { minimum_backoff: '10s', maximum_backoff: '600s' },
  };
  return {
    'google_pubsub_subscription.tick["tick"]': {
      ...common,
      name: TICK_SUBSCRIPTIONS.tick,
      topic: topicId('iex-aggregate'),
      bigquery_config: {
        table: `${project_id}.iex.tick`,
        use_table_schema: true,
        // A quote may have further fields.
        drop_unknown_fields: true,
        // The publish time and quote_id.
        write_metadata: true,
      },
      dead_letter_policy: {
        dead_letter_topic: topicId('iex-aggregate-dead-letter'),
        max_delivery_attempts: DELIVERY_ATTEMPTS,
      },
    },
    'google_pubsub_subscription.tick["tick_dead_letter"]': {
      ...common,
      name: TICK_SUBSCRIPTIONS.tick_dead_letter,
      topic: topicId('iex-aggregate-dead-letter'),
      // Whole messages, whatever is in them.
      bigquery_config: {
        table: `${project_id}.iex.tick_dead_letter`,
        use_table_schema: false,
        drop_unknown_fields: false,
        write_metadata: true,
      },
    },
  };
}
