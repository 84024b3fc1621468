import { once } from 'node:events';
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import { messageType } from 'iex-pubsub-emulator/protocol/services';
import { restCaller } from 'iex-test/support/rest-call';
import { skipTest } from 'iex-test/support/skip';
import { untilTrue } from 'iex-test/support/until';

const TOPIC = 'projects/shop/topics/orders';
const SUBSCRIPTION = 'projects/shop/subscriptions/billing';

const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;

describe('gRPC of the Pub/Sub emulator, below the clients', () => {
  let emulator: PubSubEmulator;
  let session: ClientHttp2Session;
  let log: string[];

  beforeEach(async () => {
    log = [];
    emulator = await startPubSubEmulator({ log: (line) => log.push(line) });
    session = connect(`http://${emulator.host}`, { maxSessionMemory: 100 });
    const call = restCaller(emulator.host);
    await call('PUT', TOPIC, {});
    await call('PUT', SUBSCRIPTION, { topic: TOPIC });
    log.length = 0;
  });

  afterEach(async () => {
    session.destroy();
    await emulator.close();
  });

  function encode(type: string, message: object, flag = 0): Buffer {
    const encoded = Buffer.from(messageType(type).encode(message).finish());
    return frame(flag === 1 ? gzipSync(encoded) : encoded, flag);
  }

  function frame(message: Buffer, flag = 0): Buffer {
    const prefix = Buffer.alloc(5, flag);
    prefix.writeUInt32BE(message.length, 1);
    return Buffer.concat([prefix, message]);
  }

  /** Sends what may be no gRPC at all. */
  function open(method: string, headers: OutgoingHttpHeaders = {}) {
    const stream = session.request({
      ':method': 'POST',
      ':path': `/google.pubsub.v1.${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    stream.on('error', () => {});
    return stream;
  }

  async function call(method: string, body: Buffer, headers: OutgoingHttpHeaders = {}) {
    const stream = open(method, headers);
    let response: OutgoingHttpHeaders = {};
    stream.on('response', (received) => {
      response = { ...response, ...received };
    });
    stream.on('trailers', (received) => {
      response = { ...response, ...received };
    });
    stream.resume();
    stream.end(body);
    await once(stream, 'close');
    return { code: Number(response['grpc-status']), response };
  }

  const getTopic = (topic = TOPIC) => encode('GetTopicRequest', { topic });

  it('ends with a status in the trailers', async () => {
    const { code, response } = await call('Publisher/GetTopic', getTopic());
    expect(code).to.equal(0);
    expect(response).to.deep.include({ ':status': 200, 'content-type': 'application/grpc+proto' });
    expect(log).to.deep.equal(['gRPC google.pubsub.v1.Publisher/GetTopic OK']);
  });

  it('encodes the message of a status', async () => {
    const { code, response } = await call(
      'Publisher/GetTopic',
      getTopic('projects/shop/topics/100 %é'),
    );
    expect(code).to.be.oneOf([3, NOT_FOUND]);
    expect(decodeURI(String(response['grpc-message']))).to.include('100 %é');
  });

  it('takes compressed requests', async () => {
    const body = encode('GetTopicRequest', { topic: TOPIC }, 1);
    const { code } = await call('Publisher/GetTopic', body, { 'grpc-encoding': 'gzip' });
    expect(code).to.equal(0);
  });

  it('refuses methods that it does not have', async () => {
    for (const method of ['Publisher/Unknown', 'Nothing', 'Publisher/GetTopic/more']) {
      const { code, response } = await call(method, getTopic());
      expect(code, method).to.equal(UNIMPLEMENTED);
      expect(String(response['grpc-message'])).to.include('Unknown');
    }
  });

  it('refuses other content', async () => {
    const headers = { 'content-type': 'application/json' };
    const { response } = await call('Publisher/GetTopic', getTopic(), headers);
    expect(response[':status']).to.equal(415);
  });

  it('refuses no request and several ones for a unary method', async () => {
    for (const body of [Buffer.alloc(0), Buffer.concat([getTopic(), getTopic()])]) {
      expect((await call('Publisher/GetTopic', body)).code).to.equal(UNIMPLEMENTED);
    }
  });

  it('refuses what is no request of the method', async () => {
    const { code } = await call('Publisher/GetTopic', frame(Buffer.from([0x0a, 0xff])));
    expect(code).to.equal(INTERNAL);
  });

  it('refuses a request that is too large, and takes the next', async () => {
    const { code } = await call('Publisher/Publish', frame(Buffer.alloc(40_000_000)));
    expect(code).to.equal(RESOURCE_EXHAUSTED);
    expect((await call('Publisher/GetTopic', getTopic())).code).to.equal(0);
  });

  it('ends a call at its deadline, which then leases nothing', async () => {
    const pull = encode('PullRequest', { subscription: SUBSCRIPTION, maxMessages: 1 });
    const { code } = await call('Subscriber/Pull', pull, { 'grpc-timeout': '50m' });
    expect(code).to.equal(DEADLINE_EXCEEDED);
    const rest = restCaller(emulator.host);
    await rest('POST', `${TOPIC}:publish`, { messages: [{ data: 'eA==' }] });
    const { json } = await rest('POST', `${SUBSCRIPTION}:pull`, { maxMessages: 1 });
    expect(json.receivedMessages).to.have.lengthOf(1);
  });

  it('takes a deadline that is years away, and refuses one that is none', async () => {
    const far = await call('Publisher/GetTopic', getTopic(), { 'grpc-timeout': '99999999H' });
    expect(far.code).to.equal(0);
    const wrong = await call('Publisher/GetTopic', getTopic(), { 'grpc-timeout': 'soon' });
    expect(wrong.code).to.equal(INTERNAL);
  });

  it('notices that a client cancels a call', async () => {
    const stream = open('Subscriber/Pull');
    stream.end(encode('PullRequest', { subscription: SUBSCRIPTION, maxMessages: 1 }));
    session.ping(() => stream.close(8)); // CANCEL, once the server has the request
    await untilTrue(() => log.length > 0);
    expect(log).to.deep.equal(['gRPC google.pubsub.v1.Subscriber/Pull CANCELLED by the client']);
  });

  it('keeps the connection of a client that cancels many calls', async function () {
    if (Number.parseInt(process.versions.node, 10) < 24) {
      skipTest(this, 'Node.js limits how many calls a client cancels, before version 24');
    }
    await call('Publisher/GetTopic', getTopic()); // connected
    for (let count = 0; count < 1_100; count++) {
      const stream = open('Subscriber/Pull');
      stream.close(8); // CANCEL
      await once(stream, 'close');
    }
    expect((await call('Publisher/GetTopic', getTopic())).code).to.equal(0);
  });

  it('survives calls that end as soon as they begin', async () => {
    const oddities: OutgoingHttpHeaders[] = [
      {},
      { 'content-type': 'text/plain' },
      { ':path': '/unknown' },
      { 'grpc-timeout': 'soon' },
      { 'grpc-timeout': '1n' },
      { ':method': 'HEAD' },
      { ':method': 'GET' },
    ];
    for (const headers of oddities) {
      for (const method of ['Publisher/GetTopic', 'Subscriber/StreamingPull']) {
        const reset = open(method, headers);
        reset.close(8); // CANCEL
        const ended = open(method, headers);
        ended.end();
        ended.resume();
        await Promise.all([once(reset, 'close'), once(ended, 'close')]);
      }
    }
    expect((await call('Publisher/GetTopic', getTopic())).code).to.equal(0);
  });
});
