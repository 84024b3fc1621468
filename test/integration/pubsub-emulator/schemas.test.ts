import { Encodings, PubSub, SchemaTypes } from '@google-cloud/pubsub';
import { expect } from 'chai';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import { base64, type RestCall, restCaller } from 'iex-test/support/rest-call';

const QUOTE = {
  type: 'record',
  name: 'Quote',
  fields: [
    { name: 'symbol', type: 'string' },
    { name: 'price', type: ['null', 'double'], default: null },
  ],
};
const AVRO = JSON.stringify(QUOTE);
const WITH_VOLUME = JSON.stringify({
  ...QUOTE,
  fields: [...QUOTE.fields, { name: 'volume', type: 'long', default: 0 }],
});
const PROTO = 'syntax = "proto3"; message Quote { string symbol = 1; double price = 2; }';

describe('Schemas of the Pub/Sub emulator', () => {
  let emulator: PubSubEmulator;
  let call: RestCall;
  let count = 0;

  before(async () => {
    process.env.METADATA_SERVER_DETECTION ??= 'none';
    emulator = await startPubSubEmulator();
    call = restCaller(emulator.host);
  });

  after(() => emulator.close());

  async function createSchema(type: string, definition: string) {
    count += 1;
    const path = `projects/shop/schemas?schemaId=quote-${count}`;
    const { status, json } = await call('POST', path, { type, definition });
    expect(status, JSON.stringify(json)).to.equal(200);
    return json as { name: string; revisionId: string; revisionCreateTime: string };
  }

  async function createPair(schemaSettings: object) {
    count += 1;
    const topic = `projects/shop/topics/quotes-${count}`;
    const subscription = `projects/shop/subscriptions/quotes-${count}`;
    expect((await call('PUT', topic, { schemaSettings })).status).to.equal(200);
    await call('PUT', subscription, { topic });
    const publish = (...data: (string | Uint8Array)[]) =>
      call('POST', `${topic}:publish`, { messages: data.map((item) => ({ data: base64(item) })) });
    const pull = async () => {
      const { json } = await call('POST', `${subscription}:pull`, {
        maxMessages: 10,
        returnImmediately: true,
      });
      return (json.receivedMessages ?? []) as { message: { attributes: object } }[];
    };
    return { topic, publish, pull };
  }

  it('are created, found, listed and deleted', async () => {
    const { name, revisionId, revisionCreateTime } = await createSchema('AVRO', AVRO);
    expect(revisionId).to.match(/^[0-9a-f]{8}$/);
    expect(Math.abs(Date.parse(revisionCreateTime) - Date.now())).to.be.below(60_000);
    const basic = { name, type: 'AVRO', revisionId, revisionCreateTime };
    const full = { ...basic, definition: AVRO };
    expect((await call('GET', name)).json).to.deep.equal(full);
    expect((await call('GET', `${name}?view=BASIC`)).json).to.deep.equal(basic);
    expect((await call('GET', `${name}@${revisionId}`)).json).to.deep.equal(full);
    const listed = async (query: string) =>
      (await call('GET', `projects/shop/schemas${query}`)).json.schemas;
    expect(await listed('')).to.deep.include(basic);
    expect(await listed('?view=FULL')).to.deep.include(full);
    expect((await call('DELETE', name)).status).to.equal(200);
    expect((await call('GET', name)).status).to.equal(404);
    expect((await call('GET', 'projects/empty/schemas')).json).to.deep.equal({});
  });

  it('work with the official client', async () => {
    const client = new PubSub({ projectId: 'client', apiEndpoint: emulator.host });
    const schema = await client.createSchema('quote', SchemaTypes.Avro, AVRO);
    expect(await schema.get()).to.deep.include({ definition: AVRO });
    const names: (string | null | undefined)[] = [];
    for await (const { name } of client.listSchemas()) names.push(name);
    expect(names).to.deep.equal(['projects/client/schemas/quote']);
    await schema.validateMessage(base64('{"symbol": "AAPL", "price": null}'), Encodings.Json);
    await schema.delete();
    await client.close();
  });

  it('with invalid definitions are refused', async () => {
    const invalid: [type: string, definition: string][] = [
      ['AVRO', '{'],
      ['AVRO', '{"type": "record", "name": "A", "fields": [{"name": "a", "type": "B"}]}'],
      ['TYPE_UNSPECIFIED', AVRO],
      ['PROTOCOL_BUFFER', 'message A {'],
      ['PROTOCOL_BUFFER', 'syntax = "proto3"; message A { B b = 1; }'],
      ['PROTOCOL_BUFFER', `${PROTO} message Another { string a = 1; }`],
      ['PROTOCOL_BUFFER', 'syntax = "proto3"; enum A { B = 0; }'],
      ['PROTOCOL_BUFFER', `import "google/protobuf/any.proto"; ${PROTO}`],
      ['AVRO', ' '.repeat(300_001)],
    ];
    for (const [type, definition] of invalid) {
      const schema = { type, definition };
      const outcomes = await Promise.all([
        call('POST', 'projects/shop/schemas?schemaId=invalid', schema),
        call('POST', 'projects/shop/schemas:validate', { schema }),
      ]);
      for (const { status, json } of outcomes) {
        expect(status, definition).to.equal(400);
        expect(json.error.status).to.equal('INVALID_ARGUMENT');
      }
    }
    const schema = { type: 'AVRO', definition: AVRO };
    expect((await call('POST', 'projects/shop/schemas:validate', { schema })).status).to.equal(200);
    expect((await call('POST', 'projects/shop/schemas?schemaId=goog', schema)).status).to.equal(
      400,
    );
  });

  const avroRecord = Buffer.from([8, ...Buffer.from('AAPL'), 0]);
  const protoMessage = Buffer.from([10, 4, ...Buffer.from('AAPL')]);
  const messages: [
    what: string,
    type: string,
    encoding: string,
    data: string | Buffer,
    fits: boolean,
  ][] = [
    ['an Avro record in JSON', 'AVRO', 'JSON', '{"symbol": "A", "price": {"double": 1}}', true],
    ['a missing field, even with a default', 'AVRO', 'JSON', '{"symbol": "A"}', false],
    ['a field of a wrong type', 'AVRO', 'JSON', '{"symbol": 1, "price": null}', false],
    ['null for a record', 'AVRO', 'JSON', 'null', false],
    ['an Avro record in binary', 'AVRO', 'BINARY', avroRecord, true],
    ['an Avro record that breaks off', 'AVRO', 'BINARY', avroRecord.subarray(0, -1), false],
    ['a protobuf message in JSON', 'PROTOCOL_BUFFER', 'JSON', '{"symbol":"A","price":1.5}', true],
    ['an unknown field in JSON', 'PROTOCOL_BUFFER', 'JSON', '{"name": "A"}', false],
    ['a wrong type in JSON', 'PROTOCOL_BUFFER', 'JSON', '{"price": "high"}', false],
    ['a protobuf message in binary', 'PROTOCOL_BUFFER', 'BINARY', protoMessage, true],
    ['a field of a wrong wire type', 'PROTOCOL_BUFFER', 'BINARY', Buffer.from([8, 1]), false],
    ['text that is not UTF-8', 'PROTOCOL_BUFFER', 'BINARY', Buffer.from([10, 1, 255]), false],
    ['a message that breaks off', 'PROTOCOL_BUFFER', 'BINARY', protoMessage.subarray(0, 4), false],
  ];
  for (const [what, type, encoding, data, fits] of messages) {
    it(`${fits ? 'accept' : 'refuse'} ${what}`, async () => {
      const { name } = await createSchema(type, type === 'AVRO' ? AVRO : PROTO);
      const { publish, pull } = await createPair({ schema: name, encoding });
      const request = { name, encoding, message: base64(data) };
      const validation = await call('POST', 'projects/shop/schemas:validateMessage', request);
      expect(validation.status).to.equal(fits ? 200 : 400);
      expect((await publish(data)).status).to.equal(fits ? 200 : 400);
      expect(await pull()).to.have.lengthOf(fits ? 1 : 0);
    });
  }

  it('are named in the attributes of the messages', async () => {
    const { name, revisionId } = await createSchema('AVRO', AVRO);
    const { publish, pull } = await createPair({ schema: name, encoding: 'BINARY' });
    await publish(avroRecord);
    expect((await pull())[0]?.message.attributes).to.deep.equal({
      googclient_schemaencoding: 'BINARY',
      googclient_schemaname: name,
      googclient_schemarevisionid: revisionId,
    });
  });

  it('refuse a request as a whole if one of its messages does not fit', async () => {
    const { name } = await createSchema('AVRO', AVRO);
    const { publish, pull } = await createPair({ schema: name, encoding: 'JSON' });
    const { status, json } = await publish('{"symbol": "A", "price": null}', '{}');
    expect(status).to.equal(400);
    expect(json.error.message).to.include('Invalid data in message');
    expect(await pull()).to.deep.equal([]);
  });

  it('may be revised compatibly, and rolled back', async () => {
    const first = await createSchema('AVRO', AVRO);
    const { name } = first;
    const commit = (definition: string, type = 'AVRO') =>
      call('POST', `${name}:commit`, { schema: { name, type, definition } });
    const revisions = async () =>
      ((await call('GET', `${name}:listRevisions`)).json.schemas as { revisionId: string }[]).map(
        ({ revisionId }) => revisionId,
      );
    const second = (await commit(WITH_VOLUME)).json;
    expect((await call('GET', name)).json).to.deep.equal(second);
    expect(await revisions()).to.deep.equal([first.revisionId, second.revisionId]);

    const incompatible = JSON.stringify({ ...QUOTE, fields: [{ name: 'a', type: 'string' }] });
    expect((await commit(incompatible)).status).to.equal(400);
    expect((await commit(PROTO, 'PROTOCOL_BUFFER')).status).to.equal(400);

    const rollBack = (revisionId: string) => call('POST', `${name}:rollback`, { revisionId });
    expect((await rollBack('00000000')).status).to.equal(404);
    const third = (await rollBack(first.revisionId)).json;
    expect(third).to.include({ name, definition: AVRO });
    expect(third.revisionId).to.not.equal(first.revisionId);

    const remove = (revisionId: string) => call('DELETE', `${name}@${revisionId}:deleteRevision`);
    expect((await remove(second.revisionId)).status).to.equal(200);
    expect(await revisions()).to.deep.equal([first.revisionId, third.revisionId]);
    expect((await call('GET', `${name}@${second.revisionId}`)).status).to.equal(404);
    await remove(first.revisionId);
    const last = await remove(third.revisionId);
    expect(last.json.error.status).to.equal('INVALID_ARGUMENT');
  });

  it('of protocol buffers may gain and lose optional fields, and no others', async () => {
    const { name } = await createSchema('PROTOCOL_BUFFER', PROTO);
    const commit = async (fields: string) => {
      const definition = `syntax = "proto3"; message Quote { ${fields} }`;
      const schema = { name, type: 'PROTOCOL_BUFFER', definition };
      return (await call('POST', `${name}:commit`, { schema })).status;
    };
    expect(await commit('string symbol = 1; double price = 2; int64 volume = 3;')).to.equal(200);
    expect(await commit('string symbol = 1; int64 volume = 3;')).to.equal(200);
    expect(await commit('string symbol = 1; string volume = 3;')).to.equal(400);
    expect(await commit('string name = 1; int64 volume = 3;')).to.equal(400);
    expect(await commit('string symbol = 1; int64 volume = 3; repeated int32 a = 4;')).to.equal(
      400,
    );
  });

  it('are checked in the range of revisions that the topic names, the latest first', async () => {
    const first = await createSchema('AVRO', AVRO);
    const { name } = first;
    const schema = { name, type: 'AVRO', definition: WITH_VOLUME };
    const second = (await call('POST', `${name}:commit`, { schema })).json;
    const old = '{"symbol": "A", "price": null}';
    const both = await createPair({ schema: name, encoding: 'JSON' });
    expect((await both.publish(old)).status).to.equal(200);
    expect((await both.pull())[0]?.message.attributes).to.include({
      googclient_schemarevisionid: first.revisionId,
    });
    const { revisionId } = second;
    const onlyNew = await createPair({
      schema: name,
      encoding: 'JSON',
      firstRevisionId: revisionId,
    });
    expect((await onlyNew.publish(old)).status).to.equal(400);
    expect((await onlyNew.publish('{"symbol": "A", "price": null, "volume": 1}')).status).to.equal(
      200,
    );
  });

  it('must exist for a topic that uses them, and end its publishing when they are deleted', async () => {
    const put = async (schemaSettings: object) =>
      (await call('PUT', 'projects/shop/topics/missing-schema', { schemaSettings })).status;
    const { name } = await createSchema('AVRO', AVRO);
    expect(await put({ schema: 'projects/shop/schemas/missing', encoding: 'JSON' })).to.equal(404);
    expect(await put({ schema: name, encoding: 'JSON', firstRevisionId: '0' })).to.equal(404);
    expect(await put({ schema: name })).to.equal(400);

    const { topic, publish } = await createPair({ schema: name, encoding: 'JSON' });
    await call('DELETE', name);
    const { json } = await call('GET', topic);
    expect(json.schemaSettings).to.deep.equal({ schema: '_deleted-schema_', encoding: 'JSON' });
    const refused = await publish('{"symbol": "A", "price": null}');
    expect(refused.json.error.status).to.equal('NOT_FOUND');
    const update = { topic: { labels: { a: 'b' } }, updateMask: 'labels' };
    expect((await call('PATCH', topic, update)).status).to.equal(200);
  });
});
