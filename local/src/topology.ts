import type { CreateSubscriptionOptions, PubSub, protos } from '@google-cloud/pubsub';
import { aggregateSubscription, TOPICS } from 'iex-contract';
import { readSubscriptionSettings } from 'iex-contract/infrastructure';

const ALREADY_EXISTS = 6;

const settings = readSubscriptionSettings();

/**
 * The only setting that differs from the deployed one. On one machine a function is away for as
 * long as its process takes to start again, and retrying sooner costs nothing; the deployed backoff
 * spares a function that is overloaded.
 */
const LOCAL_BACKOFF = { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 10 } };

/**
 * Creates the topics and subscriptions as they are deployed. Existing ones are kept; the push
 * subscriptions are pointed at the functions of this run.
 *
 * @param resolutions lengths of the sliding windows, in minutes
 * @param endpoints URLs of the two functions
 */
export async function createTopology(
  pubsub: PubSub,
  resolutions: readonly number[],
  endpoints: { fanOut: string; iexApi: string },
): Promise<void> {
  for (const topic of Object.values(TOPICS)) await unlessItExists(pubsub.createTopic(topic));
  await createPushSubscription(pubsub, TOPICS.fanOut, endpoints.fanOut);
  await createPushSubscription(pubsub, TOPICS.ingest, endpoints.iexApi);
  for (const resolution of resolutions) {
    await createSubscription(pubsub, TOPICS.aggregate, aggregateSubscription(resolution), {
      ...retentionOptions(settings.aggregate),
      // Distinguishes this subscription from one of the same name in another emulator, whose
      // message ids start again.
      labels: { created: String(Date.now()) },
    });
  }
}

/**
 * Identifies a subscription by its metadata, even among those of the same name that an emulator has after a
 * restart.
 */
export function subscriptionIdentity({
  name,
  labels,
}: Pick<protos.google.pubsub.v1.ISubscription, 'name' | 'labels'>): string {
  return `${name}@${labels?.created ?? ''}`;
}

/**
 * A subscription that pushes to a function; messages that the function keeps refusing go to a
 * dead-letter topic.
 */
async function createPushSubscription(pubsub: PubSub, topic: string, endpoint: string) {
  const deadLetters = `${topic}-dead-letter`;
  await unlessItExists(pubsub.createTopic(deadLetters));
  await createSubscription(
    pubsub,
    deadLetters,
    deadLetters,
    retentionOptions(settings.dead_letter),
  );
  // The functions framework takes the topic's name from the path.
  const pushConfig = { pushEndpoint: new URL(pubsub.topic(topic).name, endpoint).href };
  await createSubscription(pubsub, topic, topic, {
    ...retentionOptions(settings.push),
    pushConfig,
    deadLetterPolicy: {
      deadLetterTopic: pubsub.topic(deadLetters).name,
      maxDeliveryAttempts: settings.push.max_delivery_attempts,
    },
    retryPolicy: LOCAL_BACKOFF,
  });
  await pubsub.subscription(topic).modifyPushConfig(pushConfig);
}

/** How long a subscription keeps messages and itself, in the form of the client. */
function retentionOptions(of: {
  ack_deadline_seconds: number;
  retain_acked_messages: boolean;
  expiration_seconds: number | null;
  message_retention_seconds?: number;
}): CreateSubscriptionOptions {
  return {
    ackDeadlineSeconds: of.ack_deadline_seconds,
    retainAckedMessages: of.retain_acked_messages,
    // A policy without a time means that the subscription never expires.
    expirationPolicy: of.expiration_seconds === null ? {} : { ttl: seconds(of.expiration_seconds) },
    ...(of.message_retention_seconds !== undefined && {
      messageRetentionDuration: seconds(of.message_retention_seconds),
    }),
  };
}

const seconds = (count: number) => ({ seconds: count });

async function createSubscription(
  pubsub: PubSub,
  topic: string,
  name: string,
  options: CreateSubscriptionOptions,
): Promise<void> {
  await unlessItExists(pubsub.topic(topic).createSubscription(name, options));
}

async function unlessItExists(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if ((error as { code?: number }).code !== ALREADY_EXISTS) throw error;
  }
}
