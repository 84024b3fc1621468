import { expect } from 'chai';
import { ProtocolBufferDefinition } from 'iex-pubsub-emulator/schemas/protocol-buffer';
import protobuf from 'protobufjs';

const SOURCE = `syntax = "proto3";
package shop;
message Order {
  message Item { string name = 1; Item part = 2; }
  enum State { OPEN = 0; PAID = 1; }
  uint32 count = 1;
  sint64 balance = 2;
  float price = 3;
  repeated int32 sizes = 4;
  map<string, Item> items = 5;
  State state = 6;
  Item first = 7;
  bytes raw = 8;
}`;

describe('ProtocolBufferDefinition', () => {
  const definition = new ProtocolBufferDefinition(SOURCE);
  const type = protobuf.parse(SOURCE).root.lookupType('shop.Order');

  const json: [fields: object, fits: boolean][] = [
    [{}, true],
    [{ count: 4294967295, balance: '-5', price: 0.5 }, true],
    [{ count: -1 }, false],
    [{ count: 4294967296 }, false],
    [{ count: 1.5 }, false],
    [{ price: 'NaN' }, true],
    [{ price: '-Infinity' }, true],
    [{ price: '1e3' }, true],
    [{ price: '' }, false],
    [{ price: '0x10' }, false],
    [{ sizes: [1, '2'] }, true],
    [{ sizes: 1 }, false],
    [{ items: { a: { name: 'b', part: { name: 'c' } } } }, true],
    [{ items: { a: { colour: 'b' } } }, false],
    [{ state: 'PAID' }, true],
    [{ state: 'LOST' }, false],
    [{ raw: '!' }, false],
  ];
  for (const [fields, fits] of json) {
    const text = JSON.stringify(fields);
    it(`${fits ? 'accepts' : 'refuses'} the JSON ${text}`, () => {
      const check = () => definition.check(Buffer.from(text), 'JSON');
      if (fits) expect(check).to.not.throw();
      else expect(check).to.throw();
    });
  }

  it('accepts what is encoded by the schema, packed or not, and unknown fields', () => {
    const order = type.fromObject({
      count: 1,
      balance: -1,
      price: 1.5,
      sizes: [1, 2],
      items: { a: { name: 'ü', part: {} } },
      state: 'PAID',
      first: { name: 'a' },
      raw: Buffer.from([255]),
    });
    const encoded = Buffer.from(type.encode(order).finish());
    const unpacked = Buffer.from([0x20, 1, 0x20, 2]);
    const unknown = Buffer.from([0xf8, 0x01, 1]);
    for (const data of [encoded, unpacked, unknown, Buffer.concat([encoded, unpacked, unknown])]) {
      expect(() => definition.check(data, 'BINARY')).to.not.throw();
    }
  });

  const malformed: Record<string, number[]> = {
    'a number with the wire type of text': [0x0a, 1, 1],
    'a message with the wire type of a number': [0x38, 1],
    'the field number 0': [0x00, 1],
    'a length beyond the end': [0x42, 9, 1],
    'text that is not UTF-8 inside a message': [0x3a, 3, 0x0a, 1, 0xff],
    'a tag that breaks off': [0x80],
  };
  for (const [what, data] of Object.entries(malformed)) {
    it(`refuses ${what}`, () => {
      expect(() => definition.check(Buffer.from(data), 'BINARY')).to.throw();
    });
  }

  it('refuses messages that are nested too deeply, without a crash', () => {
    let data = Buffer.alloc(0);
    for (let depth = 0; depth < 5_000; depth++) {
      const length = protobuf.Writer.create().uint32(data.length).finish();
      data = Buffer.concat([Buffer.from([depth === 4_999 ? 0x3a : 0x12]), length, data]);
    }
    expect(() => definition.check(data, 'BINARY')).to.throw('nested');
  });

  it('requires the required fields of proto2', () => {
    const order = new ProtocolBufferDefinition('message Order { required string id = 1; }');
    expect(() => order.check(Buffer.from('{"id": "7"}'), 'JSON')).to.not.throw();
    expect(() => order.check(Buffer.from([0x0a, 1, 0x37]), 'BINARY')).to.not.throw();
    expect(() => order.check(Buffer.from('{}'), 'JSON')).to.throw('id');
    expect(() => order.check(Buffer.alloc(0), 'BINARY')).to.throw('id');
  });
});
