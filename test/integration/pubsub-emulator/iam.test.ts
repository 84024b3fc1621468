import { PubSub } from '@google-cloud/pubsub';
import { expect } from 'chai';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import { type RestCall, restCaller } from 'iex-test/support/rest-call';

const TOPIC = 'projects/shop/topics/orders';
const BINDINGS = [{ role: 'roles/pubsub.publisher', members: ['user:ann@example.com'] }];

describe('IAM policies of the Pub/Sub emulator', () => {
  let emulator: PubSubEmulator;
  let call: RestCall;

  before(async () => {
    process.env.METADATA_SERVER_DETECTION ??= 'none';
    emulator = await startPubSubEmulator();
    call = restCaller(emulator.host);
  });

  beforeEach(async () => {
    emulator.reset();
    await call('PUT', TOPIC, {});
  });

  after(() => emulator.close());

  const get = (name = TOPIC) => call('GET', `${name}:getIamPolicy`);
  const set = (policy: object, name = TOPIC) => call('POST', `${name}:setIamPolicy`, { policy });

  it('are empty at first, and kept once they are set', async () => {
    expect((await get()).json).to.deep.equal({ etag: 'AAE=' });
    const versioned = `${TOPIC}:getIamPolicy?options.requestedPolicyVersion=3`;
    expect((await call('GET', versioned)).json).to.deep.equal({ etag: 'AAE=' });
    const kept = (await set({ bindings: BINDINGS })).json;
    expect(kept).to.deep.include({ version: 1, bindings: BINDINGS });
    expect((await get()).json).to.deep.equal(kept);
  });

  it('are not overwritten by a policy that was read before another change', async () => {
    const { etag } = (await get()).json;
    await set({ bindings: BINDINGS, etag });
    const late = await set({ bindings: [], etag });
    expect(late.json.error).to.include({ code: 409, status: 'ABORTED' });
    expect((await get()).json.bindings).to.deep.equal(BINDINGS);
    expect((await set({ bindings: [] })).status).to.equal(200);
  });

  it('belong to topics, subscriptions, snapshots and schemas, and end with them', async () => {
    const subscription = 'projects/shop/subscriptions/billing';
    await call('PUT', subscription, { topic: TOPIC });
    const snapshot = 'projects/shop/snapshots/friday';
    await call('PUT', snapshot, { subscription });
    const definition = '{"type": "string"}';
    await call('POST', 'projects/shop/schemas?schemaId=order', { type: 'AVRO', definition });
    for (const name of [TOPIC, subscription, snapshot, 'projects/shop/schemas/order']) {
      await set({ bindings: BINDINGS }, name);
      expect((await get(name)).json.bindings).to.deep.equal(BINDINGS);
    }
    await call('DELETE', TOPIC);
    expect((await get()).json.error.status).to.equal('NOT_FOUND');
    await call('PUT', TOPIC, {});
    expect((await get()).json.bindings).to.equal(undefined);
  });

  it('of an invalid form are refused', async () => {
    const invalid = [
      { bindings: [{ role: 'publisher', members: ['allUsers'] }] },
      { bindings: [{ role: 'roles/pubsub.publisher', members: [] }] },
    ];
    for (const policy of invalid) expect((await set(policy)).status).to.equal(400);
    expect((await get('projects/shop/topics/1')).status).to.equal(400);
  });

  it('work with the official client, which has every permission', async () => {
    const client = new PubSub({ projectId: 'shop', apiEndpoint: emulator.host });
    const { iam } = client.topic('orders');
    await iam.setPolicy({ bindings: BINDINGS });
    const [policy] = await iam.getPolicy();
    expect(policy.bindings).to.deep.include({ ...BINDINGS[0], condition: null });
    const permissions = ['pubsub.topics.publish', 'pubsub.topics.get'];
    const [tested] = await iam.testPermissions(permissions);
    expect(tested).to.deep.equal({
      'pubsub.topics.publish': true,
      'pubsub.topics.get': true,
    });
    await client.close();
  });
});
