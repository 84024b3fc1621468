import { v1 } from '@google-cloud/pubsub';
import { OperationalError, UsageError } from 'iex-cli/errors';
import { explanation } from '../pubsub-errors.js';
import { openPubSub, requestClient } from '../pubsub-host.js';

/** A full name, as the cloud has it. */
const TOPIC = /^projects\/([a-z][a-z0-9.:-]*[a-z0-9])\/topics\/[A-Za-z][\w.~+%-]{2,254}$/;

export interface OutgoingMessage {
  data: Uint8Array;
  /** The id by which the pipeline knows a repetition. */
  quoteId: string;
}

/** Quotes cannot be published; the message says why and what to do. */
export class PublishError extends OperationalError {
  override name = 'PublishError';
}

/** Publishes to one topic, of the cloud or of an emulator. */
export type TopicPublisher = Awaited<ReturnType<typeof openTopic>>;

/**
 * Prepares to publish; nothing is sent to the cloud before the first messages.
 *
 * @param topic `projects/P/topics/T`
 * @param emulatorHost host and port of an emulator; without it, the cloud
 * @throws {UsageError} if that is not the name of a topic
 * @throws {OperationalError} if no emulator responds there, or credentials are missing
 */
export async function openTopic(topic: string, emulatorHost?: string) {
  const [, projectId] = TOPIC.exec(topic) ?? [];
  if (!projectId) {
    throw new UsageError(`--topic takes projects/PROJECT/topics/iex-aggregate, not '${topic}'`);
  }
  const pubsub = await openPubSub(projectId, emulatorHost);
  const client = await requestClient(pubsub, v1.PublisherClient).catch((error) => {
    throw explained(topic, error);
  });
  return {
    /**
     * Publishes messages in one request, which is repeated if the service is away for a while.
     *
     * @param outgoing at most 1,000, of 10 MB together
     * @throws {PublishError} if the topic does not exist, credentials are not valid, the account may
     *   not publish, or the service stays away
     */
    async publish(outgoing: readonly OutgoingMessage[]): Promise<void> {
      const messages = outgoing.map(({ data, quoteId }) => {
        return { data, attributes: { quote_id: quoteId } };
      });
      await client.publish({ topic, messages }).catch((error) => {
        throw explained(topic, error);
      });
    },
    close: () => client.close(),
  };
}

function explained(topic: string, cause: Error): PublishError {
  const message = explanation(cause, topic, {
    notFound: `${topic} does not exist: deploy it, or correct the name`,
    denied: 'publish to it: it needs the role roles/pubsub.publisher',
  });
  return new PublishError(message, { cause });
}
