import { PubSub } from '@google-cloud/pubsub';

/** A message to publish: its data as JSON, and attributes. */
export interface OutgoingMessage {
  readonly json: unknown;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Publishes to one topic. */
export interface Publisher {
  /** Resolves when Pub/Sub has taken the message over; rejects when it has not, retries included. */
  publish(message: OutgoingMessage): Promise<void>;
}

/**
 * How the client repeats a publish that failed in passing, in ms. A tick lasts a minute and the
 * function 90 s, so its last quote must be settled in the 30 s between. The client's default goes
 * on for ten minutes.
 */
const RETRIES = {
  initialRetryDelayMillis: 100,
  retryDelayMultiplier: 2,
  maxRetryDelayMillis: 2_000,
  initialRpcTimeoutMillis: 5_000,
  rpcTimeoutMultiplier: 1,
  maxRpcTimeoutMillis: 5_000,
  totalTimeoutMillis: 20_000,
};

/**
 * A batch leaves when it is full or this old (ms): what is published at one instant shares a
 * request, and a quote still leaves at once.
 */
const BATCH_DELAY_MS = 10;

/** The most that one request carries. The service's own limits are 1,000 messages and 10 MB. */
const BATCH_MESSAGES = 1_000;
const BATCH_BYTES = 1_000_000;

/** Makes a publisher on a client that all invocations of this instance share. */
export function createPublisher(topicName: string, client = new PubSub()): Publisher {
  const topic = client.topic(topicName, {
    batching: {
      maxMessages: BATCH_MESSAGES,
      maxBytes: BATCH_BYTES,
      maxMilliseconds: BATCH_DELAY_MS,
    },
    gaxOpts: { retry: { backoffSettings: RETRIES } },
  });
  return {
    async publish({ json, attributes }) {
      await topic.publishMessage({ json, attributes });
    },
  };
}
