import { once } from 'node:events';
import net from 'node:net';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { expect } from 'chai';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import { services, typesOf } from 'iex-pubsub-emulator/protocol/services';
import { base64, restCaller } from 'iex-test/support/rest-call';

/** Of each kind; `MALFORMED_REQUESTS=50000` for a long run. */
const COUNT = Number(process.env.MALFORMED_REQUESTS ?? 100);
/** At the same time. */
const CONCURRENCY = 20;

const TOPIC = 'projects/shop/topics/orders';
const SUB = 'projects/shop/subscriptions/billing';
const METHODS = Object.values(services).flatMap(({ methodsArray }) => methodsArray);

/** A valid request of every type that has these fields, to be damaged. */
const FIELDS = {
  name: SUB,
  topic: TOPIC,
  subscription: SUB,
  project: 'projects/shop',
  parent: 'projects/shop',
  messages: [{ data: base64('data'), attributes: { key: 'value' }, orderingKey: 'key' }],
  ackIds: ['ack', 'id'],
  maxMessages: 1,
  returnImmediately: true,
  ackDeadlineSeconds: 10,
  streamAckDeadlineSeconds: 10,
  pageSize: 5,
  updateMask: 'labels',
  labels: { key: 'value' },
  filter: 'attributes:key AND NOT hasPrefix(attributes.a, "b")',
  schema: { type: 'AVRO', definition: '{"type": "string"}' },
  pushConfig: { pushEndpoint: 'http://127.0.0.1:1/' },
  time: '2026-11-22T09:00:10Z',
  messageRetentionDuration: '600s',
};

const ODD = [
  null,
  true,
  -1,
  1e308,
  '',
  '\0',
  'projects/',
  {},
  [],
  [null],
  { a: {} },
  '9'.repeat(400),
];

describe('Malformed requests to the Pub/Sub emulator', () => {
  let emulator: PubSubEmulator;
  let client: Client;
  let random: () => number;

  beforeEach(async () => {
    emulator = await startPubSubEmulator();
    client = new Client(emulator.host, credentials.createInsecure());
    random = seeded(20261122);
    const call = restCaller(emulator.host);
    await call('PUT', TOPIC, {});
    await call('PUT', SUB, { topic: TOPIC });
  });

  /** The emulator must still do its work. */
  afterEach(async () => {
    const call = restCaller(emulator.host);
    const topic = 'projects/other/topics/orders';
    const subscription = 'projects/other/subscriptions/billing';
    await call('PUT', topic, {});
    await call('PUT', subscription, { topic });
    await call('POST', `${topic}:publish`, { messages: [{ data: base64('still here') }] });
    const { json } = await call('POST', `${subscription}:pull`, { maxMessages: 1 });
    expect(json.receivedMessages?.[0]?.message.data).to.equal(base64('still here'));
    client.close();
    await emulator.close();
  });

  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const bytes = (length: number) =>
    Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));

  /** The valid request with a part replaced by something odd. */
  function damaged(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || random() < 0.1) return pick(ODD);
    const entries = Object.entries(value);
    const [at] = pick(entries.length > 0 ? entries : [['none', null]]);
    const changed = entries.map(([key, item]) => [key, key === at ? damaged(item) : item]);
    return Array.isArray(value) ? changed.map(([, item]) => item) : Object.fromEntries(changed);
  }

  async function repeat(action: () => Promise<void>): Promise<void> {
    let left = COUNT;
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        while (left-- > 0) await action();
      }),
    );
  }

  it('by gRPC get a status that is not a defect', async () => {
    await repeat(async () => {
      const method = pick(METHODS);
      const { request } = typesOf(method);
      const field = request.fields.subscription ?? request.fields.topic ?? request.fields.name;
      const target = field?.type === 'string' ? { [field.name]: pick([SUB, TOPIC, '']) } : {};
      const valid = request.encode(request.fromObject(target)).finish();
      const message = Buffer.concat([valid, bytes(Math.floor(random() * 40))]);
      const path = `/${method.parent?.fullName.slice(1)}/${method.name}`;
      const deadline = Date.now() + 30_000;
      const error = await new Promise<ServiceError | null>((resolve) => {
        if (method.responseStream) {
          const stream = client.makeBidiStreamRequest(path, identity, identity, { deadline });
          stream.on('error', (failure: ServiceError) => resolve(failure));
          stream.on('end', () => resolve(null));
          stream.resume();
          stream.write(message);
          stream.end();
        } else {
          client.makeUnaryRequest(path, identity, identity, message, { deadline }, resolve);
        }
      });
      expect(error?.details ?? '', path).to.not.include('Defect');
    });
  }).timeout(3_600_000);

  it('by REST get a status that blames the request', async () => {
    const paths = ['topics', 'subscriptions', 'snapshots', 'schemas'].flatMap((kind) =>
      ['', '/orders', '/billing'].flatMap((id) =>
        ['', ':publish', ':pull', ':acknowledge', ':seek', ':setIamPolicy', ':commit'].map(
          (verb) => `projects/shop/${kind}${id}${verb}`,
        ),
      ),
    );
    await repeat(async () => {
      const method = pick(['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS']);
      let path = pick(paths);
      if (random() < 0.3)
        path = `${path}${pick(['%', '/', '?a=b', '?pageSize=x', '?a.b=c&a=d', ':'])}`;
      const fields = Object.fromEntries(Object.entries(FIELDS).filter(() => random() < 0.3));
      const body =
        random() < 0.2
          ? bytes(50)
          : JSON.stringify(damaged({ ...fields, returnImmediately: true }));
      const response = await fetch(`http://${emulator.host}/v1/${path}`, {
        method,
        ...(method !== 'GET' && { body }),
      });
      const text = await response.text();
      expect(response.status, `${method} ${path} ${body} ${text}`).to.not.equal(500);
    });
  }).timeout(3_600_000);

  it('below HTTP do no harm', async () => {
    const starts = ['', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'POST /v1/x HTTP/1.1\r\nHost: x\r\n'];
    await repeat(async () => {
      const socket = net.connect(Number(emulator.host.split(':')[1]), '127.0.0.1');
      socket.on('error', () => {});
      const closed = once(socket, 'close').catch(() => undefined);
      socket.write(pick(starts));
      socket.end(bytes(60));
      socket.resume();
      socket.setTimeout(2_000, () => socket.destroy());
      await closed;
    });
  }).timeout(3_600_000);
});

const identity = (buffer: Buffer) => buffer;

/** Numbers from 0 to 1, always the same ones: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
