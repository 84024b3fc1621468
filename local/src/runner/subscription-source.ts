import { type PubSub, type protos, v1 } from '@google-cloud/pubsub';
import type { Message } from 'iex-dataflow';
import { requestClient } from '../pubsub-host.js';

/** A message, with the IDs by which it is processed once and acknowledged. */
export interface ReceivedMessage extends Message {
  /** Identity of the quote, the same for each delivery of it. */
  id: string;
  ackId: string;
}

/** The source of a runner's messages. */
export interface MessageSource {
  /** Takes the messages that have arrived, up to a number; empty if there are none. */
  pull(maxMessages: number): Promise<ReceivedMessage[]>;
  acknowledge(messages: readonly ReceivedMessage[]): Promise<void>;
}

/**
 * A subscription, read by unary pull: the runner must know which messages it holds unacknowledged,
 * which a stream hides.
 */
export async function subscriptionSource(
  pubsub: PubSub,
  subscription: string,
): Promise<MessageSource & { close(): Promise<void> }> {
  const client = await requestClient(pubsub, v1.SubscriberClient);
  return {
    async pull(maxMessages) {
      const [{ receivedMessages }] = await client.pull({
        subscription,
        maxMessages,
        // Without it an empty subscription holds the call, and with it the end of the run, for many
        // seconds.
        returnImmediately: true,
      });
      return (receivedMessages ?? []).map(toMessage);
    },
    async acknowledge(messages) {
      await client.acknowledge({ subscription, ackIds: messages.map(({ ackId }) => ackId) });
    },
    close: () => client.close(),
  };
}

function toMessage({ ackId, message }: protos.google.pubsub.v1.IReceivedMessage): ReceivedMessage {
  const { messageId, attributes, data, publishTime } = message ?? {};
  return {
    // A quote without an id is identified by the message that brought it.
    id: attributes?.quote_id || `message:${messageId}`,
    ackId: ackId ?? '',
    payload: (data as Uint8Array | undefined) ?? new Uint8Array(),
    publishTime:
      Number(publishTime?.seconds ?? 0) * 1000 + Math.floor((publishTime?.nanos ?? 0) / 1e6),
  };
}
