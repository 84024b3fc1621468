import { type Message, PubSub } from '@google-cloud/pubsub';
import { startPubSubEmulator } from 'iex-pubsub-emulator/index';

/** A message as a subscriber received it. */
export interface ReceivedMessage {
  readonly json: Record<string, unknown>;
  readonly attributes: Readonly<Record<string, string>>;
  /** When it arrived, in ms since the Unix epoch. */
  readonly receivedAt: number;
}

/** A topic on a Pub/Sub emulator, and all that was published to it. */
export interface Topic {
  readonly received: readonly ReceivedMessage[];
  /** The environment that leads a Pub/Sub client to the emulator. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

// Without it the client looks for Google's metadata server, emulator or not.
process.env.METADATA_SERVER_DETECTION ??= 'none';

/** Starts an emulator with one topic and a subscriber on it. */
export async function startTopic(name: string): Promise<Topic> {
  const emulator = await startPubSubEmulator();
  const client = new PubSub({ projectId: 'test', apiEndpoint: emulator.host, emulatorMode: true });
  const [topic] = await client.createTopic(name);
  const [subscription] = await topic.createSubscription(`${name}-test`);
  const received: ReceivedMessage[] = [];
  subscription.on('message', (message: Message) => {
    received.push({
      json: JSON.parse(message.data.toString()),
      attributes: message.attributes,
      receivedAt: Date.now(),
    });
    message.ack();
  });
  return {
    received,
    env: { PUBSUB_EMULATOR_HOST: emulator.host },
    async close() {
      await subscription.close();
      await client.close();
      await emulator.close();
    },
  };
}
