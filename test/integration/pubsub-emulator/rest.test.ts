import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { PubSub, v1 } from '@google-cloud/pubsub';
import { expect } from 'chai';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import { untilTrue } from 'iex-test/support/until';

const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

interface ReceivedMessage {
  ackId: string;
  message: { data?: string; attributes?: Record<string, string>; messageId: string };
  deliveryAttempt?: number;
}

/** The response of any of the methods, for reading with `?.`. */
interface Answer {
  name?: string;
  nextPageToken?: string;
  topics?: { name: string }[];
  subscriptions?: string[];
  messageIds?: string[];
  receivedMessages?: ReceivedMessage[];
  error?: { code: number; message: string; status: string };
}

describe('Pub/Sub emulator over REST', () => {
  let emulator: PubSubEmulator;
  let grpc: PubSub;
  let nameCount = 0;

  before(async () => {
    process.env.METADATA_SERVER_DETECTION ??= 'none';
    emulator = await startPubSubEmulator();
    grpc = new PubSub({ projectId: 'shop', apiEndpoint: emulator.host });
  });

  after(async () => {
    await grpc.close();
    await emulator.close();
  });

  /** Sends `body` unchanged if it is text or bytes, anything else as JSON. */
  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; contentType: string | null; json: Answer }> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`http://${emulator.host}/v1/${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
    });
    return {
      status: response.status,
      contentType: response.headers.get('content-type'),
      json: (await response.json()) as Answer,
    };
  }

  /** The response to a call that has to succeed. */
  async function succeed(method: string, path: string, body?: unknown): Promise<Answer> {
    const { status, json } = await call(method, path, body);
    expect(status, JSON.stringify(json)).to.equal(200);
    return json;
  }

  /** Status code and name of a call that has to fail. */
  async function failure(...request: Parameters<typeof call>) {
    const { status, contentType, json } = await call(...request);
    expect(json.error).to.include({ code: status });
    expect(json.error?.message).to.be.a('string').that.is.not.empty;
    expect(contentType).to.include('application/json');
    return `${status} ${json.error?.status}`;
  }

  function freshName(): string {
    nameCount += 1;
    return `name-${nameCount}`;
  }

  async function createPair(options: object = {}) {
    const topic = `projects/shop/topics/${freshName()}`;
    const subscription = `projects/shop/subscriptions/${freshName()}`;
    await succeed('PUT', topic, {});
    await succeed('PUT', subscription, { topic, ...options });
    return { topic, subscription };
  }

  async function publish(topic: string, ...texts: string[]): Promise<string[]> {
    const messages = texts.map((text) => ({ data: Buffer.from(text).toString('base64') }));
    return (await succeed('POST', `${topic}:publish`, { messages })).messageIds ?? [];
  }

  async function pull(subscription: string, returnImmediately = true): Promise<ReceivedMessage[]> {
    const request = { maxMessages: 100, returnImmediately };
    return (await succeed('POST', `${subscription}:pull`, request)).receivedMessages ?? [];
  }

  async function pullOne(subscription: string): Promise<ReceivedMessage> {
    const [received] = await pull(subscription, false);
    if (!received) throw new Error('No message has come.');
    return received;
  }

  function textOf({ message }: ReceivedMessage): string {
    return Buffer.from(message.data ?? '', 'base64').toString();
  }

  describe('topics and subscriptions', () => {
    it('creates, gets and deletes', async () => {
      const { topic, subscription } = await createPair();
      const created = await succeed('GET', topic);
      expect(created).to.deep.equal({ name: topic, state: 'ACTIVE' });
      expect(await succeed('GET', subscription)).to.deep.equal({
        name: subscription,
        topic,
        pushConfig: {},
        ackDeadlineSeconds: 10,
        messageRetentionDuration: '604800s',
        expirationPolicy: { ttl: '2678400s' },
        state: 'ACTIVE',
      });
      expect(await succeed('DELETE', subscription)).to.deep.equal({});
      expect(await succeed('DELETE', topic)).to.deep.equal({});
      expect(await failure('GET', subscription)).to.equal('404 NOT_FOUND');
      expect(await failure('GET', topic)).to.equal('404 NOT_FOUND');
    });

    it('creates a topic without a body', async () => {
      const topic = `projects/shop/topics/${freshName()}`;
      expect(await succeed('PUT', topic)).to.include({ name: topic });
    });

    it('decodes names in paths', async () => {
      const path = `projects/shop/topics/${freshName()}%2Ba%25b`;
      const { name } = await succeed('PUT', path, {});
      expect(name).to.equal(decodeURIComponent(path));
      expect((await succeed('GET', path)).name).to.equal(name);
    });

    it('lists page by page', async () => {
      const project = `projects/${freshName()}`;
      const names = ['a-1', 'a-2', 'a-3'].map((id) => `${project}/topics/${id}`);
      for (const name of names) await succeed('PUT', name, {});
      const first = await succeed('GET', `${project}/topics?pageSize=2&alt=json`);
      const rest = `${project}/topics?page_size=2&pageToken=${first.nextPageToken}`;
      const second = await succeed('GET', rest);
      const listed = [first, second].flatMap(({ topics = [] }) => topics.map(({ name }) => name));
      expect(listed).to.deep.equal(names);
      expect(second.nextPageToken).to.equal(undefined);
    });

    it('lists the subscriptions of a topic', async () => {
      const { topic, subscription } = await createPair();
      const { subscriptions } = await succeed('GET', `${topic}/subscriptions`);
      expect(subscriptions).to.deep.equal([subscription]);
    });

    it('patches the fields of the mask, even for clients that cannot send PATCH', async () => {
      const { subscription } = await createPair({ labels: { a: 'b' } });
      const update = (ackDeadlineSeconds: number) => ({
        subscription: { ackDeadlineSeconds, labels: {} },
        updateMask: 'ackDeadlineSeconds',
      });
      expect(await succeed('PATCH', subscription, update(30))).to.deep.include({
        name: subscription,
        ackDeadlineSeconds: 30,
        labels: { a: 'b' },
      });
      const override = { 'x-http-method-override': 'PATCH' };
      const { json } = await call('POST', subscription, update(40), override);
      expect(json).to.include({ ackDeadlineSeconds: 40 });
      expect(await failure('PATCH', subscription, {})).to.equal('400 INVALID_ARGUMENT');
    });

    it('responds with the statuses of the service', async () => {
      const { topic, subscription } = await createPair();
      const missing = 'projects/shop/topics/missing';
      expect(await failure('PUT', topic, {})).to.equal('409 ALREADY_EXISTS');
      expect(await failure('PUT', subscription, { topic })).to.equal('409 ALREADY_EXISTS');
      expect(await failure('DELETE', missing)).to.equal('404 NOT_FOUND');
      const messages = [{ data: 'YQ==' }];
      expect(await failure('POST', `${missing}:publish`, { messages })).to.equal('404 NOT_FOUND');
      const orphan = `projects/shop/subscriptions/${freshName()}`;
      expect(await failure('PUT', orphan, { topic: missing })).to.equal('404 NOT_FOUND');
      expect(await failure('PUT', 'projects/shop/topics/1', {})).to.equal('400 INVALID_ARGUMENT');
      const tooShort = { topic, ackDeadlineSeconds: 9 };
      expect(await failure('PUT', orphan, tooShort)).to.equal('400 INVALID_ARGUMENT');
      const push = { pushConfig: { pushEndpoint: 'http://127.0.0.1:1/' } };
      await succeed('POST', `${subscription}:modifyPushConfig`, push);
      const pulled = failure('POST', `${subscription}:pull`, { maxMessages: 1 });
      expect(await pulled).to.equal('400 FAILED_PRECONDITION');
    });

    it('refuses what it does not implement', async () => {
      const { topic } = await createPair();
      const name = `projects/shop/subscriptions/${freshName()}`;
      const refused = [failure('PUT', name, { topic, bigqueryConfig: { table: 'p.d.t' } })];
      expect(await Promise.all(refused)).to.deep.equal(refused.map(() => '501 UNIMPLEMENTED'));
    });
  });

  describe('messages', () => {
    it('are delivered with data, attributes, id and publish time', async () => {
      const { topic, subscription } = await createPair();
      const attributes = { symbol: 'AAPL', empty: '' };
      const before = Date.now();
      const request = { messages: [{ data: 'AP8K', attributes }, { attributes }] };
      const { messageIds } = await succeed('POST', `${topic}:publish`, request);
      const received = await pull(subscription);
      const messages = received.map(({ message }) => {
        const { publishTime, ...rest } = message as typeof message & { publishTime: string };
        expect(publishTime).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        expect(Date.parse(publishTime)).to.be.within(before, Date.now());
        return rest;
      });
      expect(messages).to.deep.equal([
        { data: 'AP8K', attributes, messageId: messageIds?.[0] },
        { attributes, messageId: messageIds?.[1] },
      ]);
    });

    it('are waited for by a pull, unless it asks to return immediately', async () => {
      const { topic, subscription } = await createPair();
      expect(
        await succeed('POST', `${subscription}:pull`, { maxMessages: 1, returnImmediately: true }),
      ).to.deep.equal({});
      const waiting = pullOne(subscription);
      await publish(topic, 'late');
      expect(textOf(await waiting)).to.equal('late');
    });

    it('are delivered again at the deadline, not before, and not once acknowledged', async () => {
      const { topic, subscription } = await createPair();
      await publish(topic, 'again');
      const { ackId } = await pullOne(subscription);
      await succeed('POST', `${subscription}:modifyAckDeadline`, {
        ackIds: [ackId],
        ackDeadlineSeconds: 1,
      });
      const leasedAt = performance.now();
      expect(await pull(subscription)).to.deep.equal([]);
      const second = await pullOne(subscription);
      // Before the deadline of 10 s that it had at first.
      expect(performance.now() - leasedAt).to.be.within(900, 9_000);
      expect(textOf(second)).to.equal('again');
      const acknowledged = await succeed('POST', `${subscription}:acknowledge`, {
        ackIds: [second.ackId],
      });
      expect(acknowledged).to.deep.equal({});
      await succeed('POST', `${subscription}:modifyAckDeadline`, { ackIds: [second.ackId] });
      expect(await pull(subscription)).to.deep.equal([]);
    });

    it('are delivered again at once after a deadline of 0, with the number of the attempt', async () => {
      const dead = await createPair();
      const { topic, subscription } = await createPair({
        deadLetterPolicy: { deadLetterTopic: dead.topic, maxDeliveryAttempts: 5 },
      });
      await publish(topic, 'again');
      const first = await pullOne(subscription);
      const nack = { ackIds: [first.ackId], ackDeadlineSeconds: 0 };
      await succeed('POST', `${subscription}:modifyAckDeadline`, nack);
      const [second] = await pull(subscription);
      expect([first.deliveryAttempt, second?.deliveryAttempt]).to.deep.equal([1, 2]);
    });

    it('are not lost to a client that has hung up', async () => {
      const { topic, subscription } = await createPair();
      const hangUp = new AbortController();
      const pulled = fetch(`http://${emulator.host}/v1/${subscription}:pull`, {
        method: 'POST',
        body: '{"maxMessages": 1}',
        signal: hangUp.signal,
      }).catch((error: Error) => error.name);
      await succeed('GET', subscription); // the pull is there by now
      hangUp.abort();
      expect(await pulled).to.equal('AbortError');
      await succeed('GET', subscription); // and so is the hang-up
      await publish(topic, 'kept');
      expect((await pull(subscription)).map(textOf)).to.deep.equal(['kept']);
    });

    it('may have 10 MB in one request and no more', async () => {
      const { topic } = await createPair();
      const request = (size: number) => ({
        messages: [{ data: Buffer.alloc(size).toString('base64') }],
      });
      await succeed('POST', `${topic}:publish`, request(10_000_000));
      const refused = await call('POST', `${topic}:publish`, request(10_000_001));
      expect(refused.status).to.equal(400);
      expect(refused.json.error?.message).to.include('request_size');
    });

    it('are pushed', async () => {
      const bodies: string[] = [];
      const endpoint = http.createServer(async (request, response) => {
        bodies.push(Buffer.concat(await request.toArray()).toString());
        response.writeHead(204).end();
      });
      endpoint.listen(0, '127.0.0.1');
      await once(endpoint, 'listening');
      const { port } = endpoint.address() as AddressInfo;
      const { topic, subscription } = await createPair({
        pushConfig: { pushEndpoint: `http://127.0.0.1:${port}/push` },
      });
      const [messageId] = await publish(topic, 'pushed');
      await untilTrue(() => bodies.length === 1);
      const envelope = JSON.parse(bodies[0] ?? '');
      expect(envelope.subscription).to.equal(subscription);
      expect(envelope.message).to.include({ data: 'cHVzaGVk', messageId });
      endpoint.close();
      endpoint.closeAllConnections();
    });
  });

  describe('together with gRPC on the same port', () => {
    it('pulls what gRPC has published', async () => {
      const { topic, subscription } = await createPair();
      const id = await grpc.topic(topic).publishMessage({
        data: Buffer.from([0, 255, 10]),
        attributes: { symbol: 'AAPL' },
      });
      const { message } = await pullOne(subscription);
      expect(message).to.include({ data: 'AP8K', messageId: id });
      expect(message.attributes).to.deep.equal({ symbol: 'AAPL' });
    });

    it('publishes what gRPC pulls, and acknowledges what it has leased', async () => {
      const { topic, subscription } = await createPair();
      const ids = await publish(topic, 'first', 'second');
      const subscriber = new v1.SubscriberClient(await clientConfig(grpc));
      const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 10 });
      await subscriber.close();
      expect(receivedMessages?.map(({ message }) => String(message?.data))).to.deep.equal([
        'first',
        'second',
      ]);
      expect(receivedMessages?.map(({ message }) => message?.messageId)).to.deep.equal(ids);
      const ackIds = receivedMessages?.map(({ ackId }) => ackId);
      await succeed('POST', `${subscription}:acknowledge`, { ackIds: ackIds?.slice(0, 1) });
      await succeed('POST', `${subscription}:modifyAckDeadline`, { ackIds, ackDeadlineSeconds: 0 });
      expect((await pull(subscription)).map(textOf)).to.deep.equal(['second']);
    });

    it('finds a subscription as gRPC has made it', async () => {
      const [topic] = await grpc.createTopic(freshName());
      const [subscription] = await topic.createSubscription(freshName(), {
        labels: { team: 'quotes' },
        retryPolicy: { minimumBackoff: { nanos: 5e8 }, maximumBackoff: { seconds: 60 } },
      });
      expect(await succeed('GET', subscription.name)).to.deep.include({
        labels: { team: 'quotes' },
        retryPolicy: { minimumBackoff: '0.500s', maximumBackoff: '60s' },
      });
    });
  });

  describe('the official client in REST mode', () => {
    let publisher: v1.PublisherClient;
    let subscriber: v1.SubscriberClient;

    before(() => {
      const [servicePath, port] = emulator.host.split(':');
      // No credentials: its requests go to fetch as they are.
      const auth = {
        universeDomain: 'googleapis.com',
        getClient: async () => auth,
        fetch: (url: string, init: RequestInit) => fetch(url, init),
      };
      const options = { fallback: true, protocol: 'http', servicePath, port: Number(port), auth };
      type Options = ConstructorParameters<typeof v1.PublisherClient>[0];
      publisher = new v1.PublisherClient(options as unknown as Options);
      subscriber = new v1.SubscriberClient(options as unknown as Options);
    });

    after(() => Promise.all([publisher.close(), subscriber.close()]));

    it('creates, publishes, pulls, acknowledges, lists, updates and deletes', async () => {
      const topic = `projects/shop/topics/${freshName()}`;
      const subscription = `projects/shop/subscriptions/${freshName()}`;
      await publisher.createTopic({ name: topic });
      const [created] = await subscriber.createSubscription({
        name: subscription,
        topic,
        messageRetentionDuration: { seconds: 1_800 },
        pushConfig: {},
      });
      expect(created).to.deep.include({ name: subscription, state: 'ACTIVE' });
      expect(Number(created.messageRetentionDuration?.seconds)).to.equal(1_800);

      const data = Buffer.from([0, 255, 10]);
      const [{ messageIds }] = await publisher.publish({
        topic,
        messages: [{ data, attributes: { symbol: 'AAPL' } }],
      });
      const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 10 });
      const [received] = receivedMessages ?? [];
      expect(received?.message?.data).to.deep.equal(data);
      expect(received?.message).to.deep.include({
        messageId: messageIds?.[0],
        attributes: { symbol: 'AAPL' },
      });
      await subscriber.acknowledge({ subscription, ackIds: [received?.ackId ?? ''] });
      await subscriber.modifyAckDeadline({
        subscription,
        ackIds: [received?.ackId ?? ''],
        ackDeadlineSeconds: 0,
      });
      expect(await pull(subscription)).to.deep.equal([]);

      const [names] = await publisher.listTopicSubscriptions({ topic });
      expect(names).to.deep.equal([subscription]);
      const [updated] = await subscriber.updateSubscription({
        subscription: { name: subscription, ackDeadlineSeconds: 30 },
        updateMask: { paths: ['ack_deadline_seconds'] },
      });
      expect(updated.ackDeadlineSeconds).to.equal(30);
      await subscriber.deleteSubscription({ subscription });
      await publisher.deleteTopic({ topic });
    });

    it('fails with the statuses of the service', async () => {
      const { topic } = await createPair();
      const codes = await Promise.all(
        [
          publisher.createTopic({ name: topic }),
          publisher.getTopic({ topic: 'projects/shop/topics/missing' }),
          publisher.publish({ topic, messages: [] }),
          publisher.createTopic({ name: 'projects/shop/topics/encrypted', kmsKeyName: 'key' }),
        ].map((outcome) => (outcome as Promise<unknown>).catch(({ code }) => code)),
      );
      expect(codes).to.deep.equal([6, 5, 3, 12]);
    });
  });

  describe('bodies', () => {
    const messages = [{ data: Buffer.from('zipped').toString('base64') }];
    const gzip = { 'content-encoding': 'gzip' };

    it('may be gzipped', async () => {
      const { topic, subscription } = await createPair();
      const body = gzipSync(JSON.stringify({ messages }));
      expect((await call('POST', `${topic}:publish`, body, gzip)).status).to.equal(200);
      expect((await pull(subscription)).map(textOf)).to.deep.equal(['zipped']);
    });

    it('are refused when they do not match their headers', async () => {
      const { topic, subscription } = await createPair();
      const publishing = `${topic}:publish`;
      const body = JSON.stringify({ messages });
      const zipped = gzipSync(body);
      const refused = [
        failure('POST', publishing, body, gzip),
        failure('POST', publishing, zipped.subarray(0, -9), gzip),
        failure('POST', publishing, zipped),
        failure('POST', publishing, '{'),
        failure('POST', publishing, '[]'),
        failure('POST', publishing, 'null'),
        failure('POST', publishing, '"text"'),
        failure('POST', publishing, '['.repeat(1_000_000)),
        failure('POST', publishing, { messages: [{ data: '!!!' }] }),
        failure('POST', publishing, { messages, nonsense: 1 }),
        failure('PATCH', topic, { topic: [], updateMask: 'labels' }),
      ];
      expect(await Promise.all(refused)).to.deep.equal(refused.map(() => '400 INVALID_ARGUMENT'));
      expect(await pull(subscription)).to.deep.equal([]);
    });

    it('are refused in an encoding other than gzip', async () => {
      const { topic } = await createPair();
      const deflate = { 'content-encoding': 'deflate' };
      const { status, json } = await call('POST', `${topic}:publish`, { messages }, deflate);
      expect(status).to.equal(400);
      expect(json.error?.message).to.include('content encoding "deflate"');
    });

    it('are refused when they are too large, also when they only unzip to that', async () => {
      const large = Buffer.alloc(MAX_REQUEST_BYTES + 1, ' ');
      const largest = large.subarray(1);
      // Zipped before the first request: an idle connection closes after seconds.
      const [zippedLarge, zippedLargest] = [gzipSync(large), gzipSync(largest)];
      const { topic } = await createPair();
      for (const [body, headers] of [
        [large, {}],
        [zippedLarge, gzip],
      ] as const) {
        const { status, json } = await call('POST', `${topic}:publish`, body, headers);
        expect(status).to.equal(400);
        expect(json.error?.message).to.include('payload size exceeds the limit: 33554432 bytes');
      }
      for (const [body, headers] of [
        [largest, {}],
        [zippedLargest, gzip],
      ] as const) {
        const { json } = await call('POST', `${topic}:publish`, body, headers);
        expect(json.error?.message).to.include('Invalid JSON payload');
      }
      await publish(topic, 'next');
    });

    it('are refused as too large to a client that reads only when it has sent everything', async () => {
      const { topic } = await createPair();
      const socket = connect();
      const size = 2 * MAX_REQUEST_BYTES;
      socket.write(
        `POST /v1/${topic}:publish HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`,
      );
      await new Promise((resolve) => socket.write(Buffer.alloc(size), resolve));
      const [answer] = await once(socket, 'data');
      socket.destroy();
      expect(String(answer)).to.match(/^HTTP\/1.1 400 /);
    });

    it('do no harm when they break off', async () => {
      const { topic } = await createPair();
      const socket = connect();
      socket.write(
        `POST /v1/${topic}:publish HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"mes`,
      );
      await succeed('GET', topic); // the beginning is there by now
      socket.resetAndDestroy();
      await publish(topic, 'next');
    });
  });

  describe('pages of other origins', () => {
    const topics = () => `http://${emulator.host}/v1/projects/shop/topics`;
    const headers = { origin: 'http://page.test' };

    it('are allowed to call it', async () => {
      const preflight = await fetch(`${topics()}/orders`, {
        method: 'OPTIONS',
        headers: {
          ...headers,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'content-type',
        },
      });
      expect(preflight.status).to.equal(200);
      expect(preflight.headers.get('access-control-allow-methods')).to.include('PUT');
      expect(preflight.headers.get('access-control-allow-headers')).to.equal('content-type');
      for (const response of [preflight, await fetch(topics(), { headers })]) {
        expect(response.headers.get('access-control-allow-origin')).to.equal('http://page.test');
      }
    });

    it('are not mentioned to other clients', async () => {
      const response = await fetch(topics());
      expect(response.headers.has('access-control-allow-origin')).to.equal(false);
    });
  });

  describe('paths', () => {
    it('tell that it is running', async () => {
      const response = await fetch(`http://${emulator.host}/`);
      expect(`${response.status} ${await response.text()}`).to.equal('200 Ok\n');
    });

    it('that do not exist get a response', async () => {
      const { topic } = await createPair();
      const refused = [
        failure('GET', ''),
        failure('GET', 'projects/shop'),
        failure('POST', topic, {}),
        failure('PUT', 'projects/shop/topics', {}),
        failure('POST', `${topic}:nonsense`, {}),
        failure('OPTIONS', topic),
      ];
      expect(await Promise.all(refused)).to.deep.equal(refused.map(() => '404 NOT_FOUND'));
      expect(await failure('GET', 'projects/shop/topics/%ZZ')).to.equal('400 INVALID_ARGUMENT');
      const list = 'projects/shop/topics';
      expect(await failure('GET', `${list}?pageSize=x`)).to.equal('400 INVALID_ARGUMENT');
      expect(await failure('GET', `${list}?nonsense=1`)).to.equal('400 INVALID_ARGUMENT');
    });
  });

  describe('connections', () => {
    it('are distinguished by their first bytes, however these arrive', async () => {
      const { topic } = await createPair();
      const request = `PUT /v1/${topic} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`;
      expect(await exchange(request)).to.match(/^HTTP\/1.1 409 Conflict\r\n/);
      expect(await exchange('P', request.slice(1))).to.match(/^HTTP\/1.1 409 /);
      // The preface and an empty SETTINGS frame; the response begins with a SETTINGS frame too.
      const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0';
      for (const length of [preface.length, 1, 3, 20]) {
        const answer = await exchange(preface.slice(0, length), preface.slice(length));
        expect(answer.charCodeAt(3), `${length} bytes first`).to.equal(4);
      }
    });

    it('that speak neither protocol are refused', async () => {
      expect(await exchange('nonsense\r\n\r\n')).to.match(/^HTTP\/1.1 400 /);
    });

    it('that end before their protocol is known are closed', async () => {
      for (const start of ['', 'P', 'PRI * HTTP/2.0\r\n\r\nS']) {
        const socket = connect();
        socket.end(start);
        expect(await socket.toArray()).to.deep.equal([]);
      }
    });

    it('do no harm when they break off before their protocol is known', async () => {
      const socket = connect();
      await once(socket, 'connect');
      socket.write('PRI');
      await succeed('GET', 'projects/shop/topics');
      socket.resetAndDestroy();
      await succeed('GET', 'projects/shop/topics');
    });

    it('are closed with the emulator, no matter what they wait for', async () => {
      const other = await startPubSubEmulator();
      const url = `http://${other.host}/v1/projects/shop`;
      const topic = 'projects/shop/topics/orders';
      await fetch(`${url}/topics/orders`, { method: 'PUT' });
      const body = JSON.stringify({ topic });
      await fetch(`${url}/subscriptions/billing`, { method: 'PUT', body });
      const pulled = fetch(`${url}/subscriptions/billing:pull`, {
        method: 'POST',
        body: '{"maxMessages": 1}',
      }).then(
        ({ status }) => status,
        () => 'broken off',
      );
      const silent = connect(other.host);
      await once(silent, 'connect');
      await fetch(`${url}/topics/orders`); // the pull is there by now
      const start = performance.now();
      await other.close();
      expect(performance.now() - start).to.be.below(5_000);
      expect(await pulled).to.be.oneOf([503, 'broken off']);
    });
  });

  function connect(host = emulator.host): net.Socket {
    return net.connect(Number(host.split(':')[1]), '127.0.0.1');
  }

  /**
   * Sends the parts one by one and returns the beginning of the response, a character for each
   * byte.
   */
  async function exchange(...parts: string[]): Promise<string> {
    const socket = connect();
    socket.setNoDelay(true);
    const answer = once(socket, 'data');
    for (const part of parts) {
      socket.write(part, 'latin1');
      await succeed('GET', 'projects/shop/topics'); // the part is there by now
    }
    const [start] = await answer;
    socket.destroy();
    return start.toString('latin1');
  }
});

/** The types of the generated clients and of the client's configuration disagree on `undefined`. */
async function clientConfig(client: PubSub) {
  return (await client.getClientConfig()) as ConstructorParameters<typeof v1.SubscriberClient>[0];
}
