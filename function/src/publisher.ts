import { PubSub } from '@google-cloud/pubsub';

/** A message to publish: its data as JSON, and attributes. */
export interface OutgoingMessage {
  readonly json: unknown;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Publishes to one topic. */
export interface Publisher {
  /** Resolves when Pub/Sub has accepted the message; rejects if it has not, even after retries. */
  publish(message: OutgoingMessage): Promise<void>;
}

/**
 * How the client retries a publish request after a transient failure, in ms. A tick lasts a minute
 * and the function 90 s, so the last quote has 30 s to be published. The client's default is to
 * retry for ten minutes.
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
 * A batch is sent when it is full or this old (ms): messages that are published at the same time
 * share a request, and none waits for long.
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
