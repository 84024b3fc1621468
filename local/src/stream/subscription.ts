import { OperationalError } from 'iex-cli/errors';
import { explanation } from '../pubsub-errors.js';
import { openPubSub } from '../pubsub-host.js';
import { subscriptionSource } from '../runner/subscription-source.js';
import { subscriptionIdentity } from '../topology.js';

/** https://cloud.google.com/pubsub/docs/subscription-properties#message_retention */
const DEFAULT_RETENTION_SECONDS = 7 * 86_400;

/** A subscription that exists. */
export type OpenSubscription = Awaited<ReturnType<typeof openSubscription>>;

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
) {
  const pubsub = await openPubSub(projectId, emulatorHost, 'to use Google Cloud');
  try {
    const source = await subscriptionSource(pubsub, name);
    const [metadata] = await pubsub.subscription(name).getMetadata();
    if (metadata.pushConfig?.pushEndpoint)
      throw new OperationalError(
        `${name} pushes its messages to ${metadata.pushConfig.pushEndpoint}: choose a pull subscription`,
      );
    return {
      source,
      /** Identifies it in the store. */
      identity: subscriptionIdentity(metadata),
      /** How long a message can be delivered, in seconds from its publish time. */
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
    throw error instanceof OperationalError ? error : explained(name, emulatorHost, error as Error);
  }
}

function explained(name: string, host: string | undefined, cause: Error): OperationalError {
  const service = host ? `the emulator at ${host}` : 'Google Cloud';
  const message = explanation(cause, name, {
    notFound: `${service} has no subscription ${name}: create it, or correct --subscription`,
    denied: 'read it: it needs the roles roles/pubsub.subscriber and roles/pubsub.viewer',
  });
  return new OperationalError(message, { cause });
}
