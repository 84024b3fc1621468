import { PubSub } from '@google-cloud/pubsub';
import { OperationalError } from 'iex-cli/errors';
import { checkedPubSubHost, pubsubClient } from '../pubsub-host.js';
import { type MessageSource, subscriptionSource } from '../runner/subscription-source.js';
import { subscriptionIdentity } from '../topology.js';

/** https://cloud.google.com/pubsub/docs/subscription-properties#message_retention */
const DEFAULT_RETENTION_SECONDS = 7 * 86_400;

const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

/** A subscription that exists. */
export interface OpenSubscription {
  source: MessageSource;
  /** Identifies it in the store. */
  identity: string;
  /** How long a message can be delivered, in seconds from its publish time. */
  retentionSeconds: number;
  close(): Promise<void>;
}

/**
 * Opens a subscription of Google Cloud, or of an emulator.
 *
 * @param name projects/P/subscriptions/S
 * @param emulatorHost its host and port; undefined for Google Cloud
 * @throws {OperationalError} if the subscription cannot be read
 */
export async function openSubscription(
  projectId: string,
  name: string,
  emulatorHost: string | undefined,
): Promise<OpenSubscription> {
  const host =
    emulatorHost && (await checkedPubSubHost(projectId, emulatorHost, 'to use Google Cloud'));
  const pubsub = host ? pubsubClient(projectId, host) : new PubSub({ projectId });
  try {
    const [metadata] = await pubsub.subscription(name).getMetadata();
    if (metadata.pushConfig?.pushEndpoint)
      throw new OperationalError(
        `${name} pushes its messages to ${metadata.pushConfig.pushEndpoint}: choose a pull subscription`,
      );
    const source = await subscriptionSource(pubsub, name);
    return {
      source,
      identity: subscriptionIdentity(metadata),
      retentionSeconds: Number(
        metadata.messageRetentionDuration?.seconds ?? DEFAULT_RETENTION_SECONDS,
      ),
      async close() {
        await source.close();
        await pubsub.close();
      },
    };
  } catch (error) {
    await pubsub.close();
    throw explained(name, host, error as Error & { code?: number });
  }
}

function explained(name: string, host: string | undefined, error: Error & { code?: number }) {
  if (error instanceof OperationalError) return error;
  const where = host ? `the emulator at ${host}` : 'Google Cloud';
  const messages: Record<number, string> = {
    [NOT_FOUND]: `${where} has no subscription ${name}: create it, or correct --subscription`,
    [PERMISSION_DENIED]: `no permission to read ${name}: it takes the role Pub/Sub Subscriber and Pub/Sub Viewer`,
    [UNAUTHENTICATED]:
      'the credentials for Google Cloud are not valid: run gcloud auth application-default login',
  };
  const reason = messages[error.code ?? -1] ?? `${name} cannot be read: ${firstLine(error)}`;
  return new OperationalError(reason, { cause: error });
}

function firstLine({ message }: Error): string {
  return message.split('\n', 1)[0] ?? '';
}
