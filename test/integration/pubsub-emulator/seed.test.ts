import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SeedError, startPubSubEmulator } from 'iex-pubsub-emulator';
import { temporaryFolder } from 'iex-test/support/folder';
import { type RestCall, restCaller } from 'iex-test/support/rest-call';

describe('The seed of the Pub/Sub emulator', () => {
  const folder = temporaryFolder();

  function seedFile(seed: unknown): string {
    const file = join(folder, 'seed.json');
    writeFileSync(file, typeof seed === 'string' ? seed : JSON.stringify(seed));
    return file;
  }

  /** Calls an emulator that has been started with a seed. */
  async function withSeed(seed: unknown, use: (call: RestCall) => Promise<void>): Promise<void> {
    const emulator = await startPubSubEmulator({ seed: seedFile(seed) });
    try {
      await use(restCaller(emulator.host));
    } finally {
      await emulator.close();
    }
  }

  it('creates schemas, topics and subscriptions, with short names or full ones', async () => {
    const seed = {
      project: 'shop',
      schemas: [{ name: 'order', type: 'AVRO', definition: '{"type": "string"}' }],
      topics: [
        'dead-letters',
        { name: 'orders', schemaSettings: { schema: 'order', encoding: 'JSON' } },
        'projects/other/topics/logs',
      ],
      subscriptions: [
        {
          name: 'billing',
          topic: 'orders',
          ackDeadlineSeconds: 30,
          deadLetterPolicy: { deadLetterTopic: 'dead-letters' },
        },
        { name: 'logs', topic: 'projects/other/topics/logs' },
      ],
    };
    await withSeed(seed, async (call) => {
      const { json } = await call('GET', 'projects/shop/subscriptions/billing');
      expect(json).to.deep.include({
        topic: 'projects/shop/topics/orders',
        ackDeadlineSeconds: 30,
        deadLetterPolicy: {
          deadLetterTopic: 'projects/shop/topics/dead-letters',
          maxDeliveryAttempts: 5,
        },
      });
      const topic = await call('GET', 'projects/shop/topics/orders');
      expect(topic.json.schemaSettings.schema).to.equal('projects/shop/schemas/order');
      const logs = await call('GET', 'projects/shop/subscriptions/logs');
      expect(logs.json.topic).to.equal('projects/other/topics/logs');
    });
  });

  it('is created again by a reset, which deletes everything else', async () => {
    const emulator = await startPubSubEmulator({ seed: seedFile({ topics: ['orders'] }) });
    const call = restCaller(emulator.host);
    const topics = async () =>
      ((await call('GET', 'projects/emulator/topics')).json.topics as { name: string }[]).map(
        ({ name }) => name,
      );
    const reset = () => fetch(`http://${emulator.host}/reset`, { method: 'POST' });
    for (const again of [reset, async () => emulator.reset()]) {
      await call('PUT', 'projects/emulator/topics/more', {});
      await call('PUT', 'projects/emulator/subscriptions/sub', {
        topic: 'projects/emulator/topics/more',
      });
      await again();
      expect(await topics()).to.deep.equal(['projects/emulator/topics/orders']);
      expect((await call('GET', 'projects/emulator/subscriptions')).json).to.deep.equal({});
    }
    await emulator.close();
  });

  it('may be what terraform show -json prints, of a state or of a plan', async () => {
    const topic = {
      mode: 'managed',
      type: 'google_pubsub_topic',
      address: 'google_pubsub_topic.orders',
      values: {
        id: 'projects/shop/topics/orders',
        name: 'orders',
        project: 'shop',
        labels: { team: 'quotes' },
        kms_key_name: '',
        ingestion_data_source_settings: [],
        timeouts: null,
      },
    };
    const subscription = {
      mode: 'managed',
      type: 'google_pubsub_subscription',
      address: 'module.billing.google_pubsub_subscription.billing',
      values: {
        name: 'billing',
        project: 'shop',
        topic: 'orders',
        expiration_policy: [{ ttl: '' }],
        retry_policy: [{ minimum_backoff: '10s', maximum_backoff: '60s' }],
        push_config: [],
        filter: null,
      },
    };
    const bucket = {
      mode: 'managed',
      type: 'google_storage_bucket',
      address: 'x.y',
      values: { name: 'b' },
    };
    const root_module = {
      resources: [topic, bucket],
      child_modules: [{ resources: [subscription] }],
    };
    for (const values of ['values', 'planned_values']) {
      await withSeed({ format_version: '1.0', [values]: { root_module } }, async (call) => {
        const { json } = await call('GET', 'projects/shop/subscriptions/billing');
        expect(json).to.deep.include({
          topic: 'projects/shop/topics/orders',
          expirationPolicy: {},
          retryPolicy: { minimumBackoff: '10s', maximumBackoff: '60s' },
        });
        const created = await call('GET', 'projects/shop/topics/orders');
        expect(created.json.labels).to.deep.equal({ team: 'quotes' });
      });
    }
  });

  const unusable: [what: string, seed: unknown, message: RegExp][] = [
    ['is not JSON', '{', /^The seed .*seed\.json cannot be read: /],
    ['is not an object', '[]', /must be an object/],
    ['has an unknown key', { queues: [] }, /unknown key "queues"/],
    ['has a list that is not one', { topics: {} }, /"topics" is not an array/],
    [
      'has an invalid name',
      { topics: ['1'] },
      /seed's topic projects\/emulator\/topics\/1: Invalid/,
    ],
    ['has an unknown field', { topics: [{ name: 'orders', colour: 'red' }] }, /"colour"/],
    ['lacks a topic', { subscriptions: [{ name: 'sub', topic: 'orders' }] }, /not found/],
    [
      'is a plan that does not know a topic yet',
      {
        format_version: '1.2',
        planned_values: {
          root_module: {
            resources: [
              {
                mode: 'managed',
                type: 'google_pubsub_subscription',
                address: 'google_pubsub_subscription.billing',
                values: { name: 'billing' },
              },
            ],
          },
        },
      },
      /google_pubsub_subscription\.billing does not know its topic/,
    ],
  ];
  for (const [what, seed, message] of unusable) {
    it(`is refused in one line if it ${what}`, async () => {
      const error = await startPubSubEmulator({ seed: seedFile(seed) }).catch((thrown) => thrown);
      expect(error).to.be.instanceOf(SeedError);
      expect(error.message).to.match(message).and.to.not.include('\n');
    });
  }

  it('is refused if there is no such file', async () => {
    const error = await startPubSubEmulator({ seed: join(folder, 'none') }).catch(
      (thrown) => thrown,
    );
    expect(error).to.be.instanceOf(SeedError);
    expect(error.message).to.include('ENOENT');
  });
});
