import { PubSub } from '@google-cloud/pubsub';
import { expect } from 'chai';
import { readSubscriptionSettings } from 'iex-contract/infrastructure';
import { createTopology } from 'iex-local/topology';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';

describe('createTopology', () => {
  const endpoints = { fanOut: 'http://127.0.0.1:1/', iexApi: 'http://127.0.0.1:2/' };
  const settings = readSubscriptionSettings();
  let emulator: PubSubEmulator;
  let pubsub: PubSub;

  before(async () => {
    emulator = await startPubSubEmulator();
    pubsub = new PubSub({ projectId: 'test', apiEndpoint: emulator.host, emulatorMode: true });
    await createTopology(pubsub, [1, 5], endpoints);
  });

  after(async () => {
    await pubsub.close();
    await emulator.close();
  });

  async function metadataOf(subscription: string) {
    const [metadata] = await pubsub.subscription(subscription).getMetadata();
    const seconds = (duration?: { seconds?: unknown } | null) =>
      duration ? Number(duration.seconds) : null;
    return {
      topic: metadata.topic?.split('/').at(-1),
      ack_deadline_seconds: metadata.ackDeadlineSeconds,
      retain_acked_messages: metadata.retainAckedMessages,
      message_retention_seconds: seconds(metadata.messageRetentionDuration as never),
      expiration_seconds: seconds(metadata.expirationPolicy?.ttl as never),
      max_delivery_attempts: metadata.deadLetterPolicy?.maxDeliveryAttempts,
      dead_letter_topic: metadata.deadLetterPolicy?.deadLetterTopic?.split('/').at(-1),
      endpoint: metadata.pushConfig?.pushEndpoint,
    };
  }

  it('creates the subscriptions of the pipelines as they are deployed', async () => {
    for (const minutes of [1, 5]) {
      expect(await metadataOf(`iex-aggregate-${minutes}`)).to.include({
        topic: 'iex-aggregate',
        ...settings.aggregate,
      });
    }
  });

  it('creates the subscriptions of the functions as they are deployed, except for the backoff', async () => {
    const { minimum_backoff_seconds, maximum_backoff_seconds, ...push } = settings.push;
    for (const [name, endpoint] of [
      ['iex-fan-out', endpoints.fanOut],
      ['iex-ingest', endpoints.iexApi],
    ]) {
      expect(await metadataOf(name!)).to.include({
        topic: name,
        ...push,
        dead_letter_topic: `${name}-dead-letter`,
        endpoint: `${endpoint}projects/test/topics/${name}`,
      });
      const [{ retryPolicy }] = await pubsub.subscription(name!).getMetadata();
      expect(Number(retryPolicy?.maximumBackoff?.seconds)).to.be.below(maximum_backoff_seconds);
      expect(Number(retryPolicy?.minimumBackoff?.seconds)).to.be.below(minimum_backoff_seconds);
    }
  });

  it('keeps messages that the functions refuse', async () => {
    for (const name of ['iex-fan-out-dead-letter', 'iex-ingest-dead-letter']) {
      expect(await metadataOf(name)).to.include({ topic: name, ...settings.dead_letter });
    }
  });

  it('keeps existing subscriptions, and points them at the functions of another run', async () => {
    const [before] = await pubsub.subscription('iex-aggregate-1').getMetadata();
    await createTopology(pubsub, [1, 5], { ...endpoints, iexApi: 'http://127.0.0.1:3/' });
    const [after] = await pubsub.subscription('iex-aggregate-1').getMetadata();
    expect(after.labels).to.deep.equal(before.labels);
    expect((await metadataOf('iex-ingest')).endpoint).to.match(/^http:\/\/127\.0\.0\.1:3\//);
  });
});
