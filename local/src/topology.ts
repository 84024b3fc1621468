import type { PubSub, Subscription } from '@google-cloud/pubsub';
import { aggregateSubscription, TOPICS } from 'iex-contract';

const ALREADY_EXISTS = 6;

/** The longest that a delivery to a function may take, in seconds: a loop of quotes lasts almost a minute. */
const PUSH_ACK_DEADLINE_SECONDS = 90;

/**
 * Makes the topics and subscriptions as they are deployed. What exists is kept; the push subscriptions are pointed at
 * the functions of this run.
 *
 * @param endpoints URLs of the two functions
 */
export async function createTopology(
  pubsub: PubSub,
  resolutions: readonly number[],
  endpoints: { fanOut: string; iexApi: string },
): Promise<void> {
  for (const topic of Object.values(TOPICS)) await createTopic(pubsub, topic);
  await createPushSubscription(pubsub, TOPICS.fanOut, endpoints.fanOut);
  await createPushSubscription(pubsub, TOPICS.ingest, endpoints.iexApi);
  for (const resolution of resolutions) {
    await unlessItExists(
      pubsub.topic(TOPICS.aggregate).createSubscription(aggregateSubscription(resolution), {
        ackDeadlineSeconds: 30,
        messageRetentionDuration: { seconds: 1800 },
        retainAckedMessages: true,
        expirationPolicy: { ttl: { seconds: 300_000 } },
        // Tells this subscription from one of the same name in another emulator, whose message ids start anew.
        labels: { created: String(Date.now()) },
      }),
    );
  }
}

/** Names a subscription so that no other gets the same name, not even the one that an emulator has after a restart. */
export async function subscriptionIdentity(subscription: Subscription): Promise<string> {
  const [{ name, labels }] = await subscription.getMetadata();
  return `${name}@${labels?.created ?? ''}`;
}

/** A subscription that pushes to a function; what the function refuses again and again goes to a dead-letter topic. */
async function createPushSubscription(pubsub: PubSub, topic: string, endpoint: string) {
  const deadLetters = `${topic}-dead-letter`;
  await createTopic(pubsub, deadLetters);
  await unlessItExists(pubsub.topic(deadLetters).createSubscription(deadLetters));
  // The functions framework takes the topic's name from the path.
  const pushConfig = { pushEndpoint: new URL(pubsub.topic(topic).name, endpoint).href };
  await unlessItExists(
    pubsub.topic(topic).createSubscription(topic, {
      pushConfig,
      ackDeadlineSeconds: PUSH_ACK_DEADLINE_SECONDS,
      deadLetterPolicy: {
        deadLetterTopic: pubsub.topic(deadLetters).name,
        maxDeliveryAttempts: 5,
      },
      retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 10 } },
    }),
  );
  await pubsub.subscription(topic).modifyPushConfig(pushConfig);
}

async function createTopic(pubsub: PubSub, topic: string) {
  await unlessItExists(pubsub.createTopic(topic));
}

async function unlessItExists(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if ((error as { code?: number }).code !== ALREADY_EXISTS) throw error;
  }
}
