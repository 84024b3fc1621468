import { expect } from 'chai';
import fc from 'fast-check';
import { AtomicType, type FieldType, Schema } from 'iex-dataflow/src/sdk/beam';
import { type Row, RowCoder, RowCoderError } from 'iex-dataflow/src/sdk/row-coder';
import * as rows from 'iex-dataflow/src/sdk/row-schema';
import { anyText } from 'iex-test/support/any-text';
import { Reader, Writer } from '../beam-protobuf.js';

const coderOf = (fields: Record<string, FieldType>) => new RowCoder(rows.rowSchema(fields));

function encoded(coder: RowCoder, row: Row): Uint8Array {
  const writer = new Writer();
  coder.encode(row, writer);
  return writer.finish();
}

const hex = (coder: RowCoder, row: Row) => Buffer.from(encoded(coder, row)).toString('hex');
const decoded = (coder: RowCoder, bytes: Uint8Array | string) =>
  coder.decode(Reader.create(typeof bytes === 'string' ? Buffer.from(bytes, 'hex') : bytes));

/** What a value becomes, alone in a row. */
const roundTrip = (type: FieldType, value: unknown) => {
  const coder = coderOf({ value: type });
  return decoded(coder, encoded(coder, { value })).value;
};

/** The bytes of a value, without those that stand before it in a row of one field. */
const valueHex = (type: FieldType, value: unknown) => {
  const bytes = hex(coderOf({ value: type }), { value });
  expect(bytes.slice(0, 4)).to.equal('0100');
  return bytes.slice(4);
};

/**
 * Beam's own examples, which all its SDKs must agree on
 * (https://github.com/apache/beam/blob/v2.77.0/model/fn-execution/src/main/resources/org/apache/beam/model/fnexecution/v1/standard_coders.yaml).
 */
const EXAMPLES: { schema: Schema; bytes: string; row: Row }[] = [
  {
    schema: rows.rowSchema({
      str: rows.nullable(rows.STRING),
      i32: rows.nullable(rows.INT32),
      f64: rows.nullable(rows.DOUBLE),
    }),
    examples: {
      '030107': { str: null, i32: null, f64: null },
      '03010403666f6fa946': { str: 'foo', i32: 9001, f64: null },
      '030003666f6fa9463fb999999999999a': { str: 'foo', i32: 9001, f64: 0.1 },
    },
  },
  {
    schema: rows.rowSchema({
      f_bool: rows.BOOLEAN,
      f_bytes: rows.nullable({
        nullable: false,
        typeInfo: { oneofKind: 'atomicType', atomicType: AtomicType.BYTES },
      }),
    }),
    examples: { '02010201': { f_bool: true, f_bytes: null } },
  },
  {
    // Its fields are encoded in another order: i32, str, f_bool.
    schema: Schema.fromBinary(
      Buffer.from(
        '\n\x0b\n\x03str\x1a\x02\x10\x07(\x01\n\x0e\n\x06f_bool\x1a\x02\x10\x08(\x02\n\x0b\n\x03i32\x1a\x04\x08\x01\x10\x03\x12$30ea5a25-dcd8-4cdb-abeb-5332d15ab4b9 \x01',
        'latin1',
      ),
    ),
    examples: { '030015047374723200': { f_bool: false, i32: 21, str: 'str2' } },
  },
  {
    // Seconds of an instant, as the row that represents it.
    schema: rows.rowSchema({
      f_timestamp: rows.rowOf({ seconds: rows.INT64, micros: rows.INT64 }),
      f_string: rows.STRING,
      f_int: rows.INT64,
    }),
    examples: {
      '03000200b695d5f905c0c4071b323032302d30382d31335431343a31343a31342e3132333435365ac0f785daae98eb02':
        {
          f_timestamp: { seconds: 1597328054, micros: 123456 },
          f_string: '2020-08-13T14:14:14.123456Z',
          f_int: 1597328054123456,
        },
    },
  },
  {
    schema: rows.rowSchema({
      f_timestamp: rows.rowOf({ seconds: rows.INT64, subseconds: rows.INT32 }),
    }),
    examples: {
      '01000200feffffffffffffffff01a0c21e': { f_timestamp: { seconds: -2, subseconds: 500000 } },
    },
  },
].flatMap(({ schema, examples }) =>
  Object.entries(examples).map(([bytes, row]) => ({ schema, bytes, row })),
);

describe('RowCoder', () => {
  for (const { schema, bytes, row } of EXAMPLES) {
    it(`encodes and decodes Beam's example ${bytes.slice(0, 16)}`, () => {
      const coder = new RowCoder(schema);
      expect(hex(coder, row)).to.equal(bytes);
      expect(decoded(coder, bytes)).to.deep.equal(row);
    });
  }

  describe('integers', () => {
    it('are varints, in 64 bits if they are negative', () => {
      expect(valueHex(rows.INT64, 0)).to.equal('00');
      expect(valueHex(rows.INT64, 127)).to.equal('7f');
      expect(valueHex(rows.INT64, 128)).to.equal('8001');
      expect(valueHex(rows.INT64, -1)).to.equal('ffffffffffffffffff01');
      expect(valueHex(rows.INT64, 2 ** 31)).to.equal('8080808008');
      expect(valueHex(rows.INT64, -(2 ** 31) - 1)).to.equal('fffffffff7ffffffff01');
      expect(valueHex(rows.INT64, 2 ** 53 - 1)).to.equal('ffffffffffffff0f');
    });

    it('of 32 bits are varints of 32 bits, as in Java', () => {
      expect(valueHex(rows.INT32, -1)).to.equal('ffffffff0f');
      expect(valueHex(rows.INT32, 2 ** 31 - 1)).to.equal('ffffffff07');
      expect(valueHex(rows.INT32, -(2 ** 31))).to.equal('8080808008');
    });

    it('of 32 bits are also read in 64 bits, as in Python', () => {
      const coder = coderOf({ value: rows.INT32, next: rows.INT32 });
      expect(decoded(coder, '0200ffffffffffffffffff0107')).to.deep.equal({ value: -1, next: 7 });
    });

    it('are refused if they do not fit', () => {
      for (const value of [2 ** 31, -(2 ** 31) - 1, 0.5, NaN, '1', 1n, true])
        expect(() => roundTrip(rows.INT32, value), String(value)).to.throw(RowCoderError, 'value:');
      for (const value of [2 ** 53, -(2 ** 53), 0.5, NaN, Infinity, '1', 1n, false])
        expect(() => roundTrip(rows.INT64, value), String(value)).to.throw(RowCoderError, 'value:');
    });

    it('are refused if they would be read inexactly', () => {
      const coder = coderOf({ value: rows.INT64 });
      expect(decoded(coder, '0100ffffffffffffff0f')).to.deep.equal({ value: 2 ** 53 - 1 });
      // 2^53, and the largest of 64 bits.
      for (const bytes of ['01008080808080808010', '0100ffffffffffffffff7f'])
        expect(() => decoded(coder, bytes)).to.throw(RowCoderError);
    });
  });

  describe('numbers', () => {
    it('are big-endian', () => {
      expect(valueHex(rows.DOUBLE, 1)).to.equal('3ff0000000000000');
      expect(valueHex(rows.DOUBLE, -0)).to.equal('8000000000000000');
      expect(valueHex(rows.DOUBLE, 5e-324)).to.equal('0000000000000001');
      expect(valueHex(rows.DOUBLE, -Number.MAX_VALUE)).to.equal('ffefffffffffffff');
    });

    it('are refused if JSON and BigQuery cannot represent them', () => {
      for (const value of [NaN, Infinity, -Infinity, '1', 1n])
        expect(() => roundTrip(rows.DOUBLE, value), String(value)).to.throw(RowCoderError);
    });

    it('are read if the row is not at the start of the bytes', () => {
      const coder = coderOf({ value: rows.DOUBLE });
      const reader = Reader.create(
        Buffer.from('ff01003ff000000000000001003ff8000000000000', 'hex'),
      );
      reader.skip(1);
      expect([coder.decode(reader), coder.decode(reader)]).to.deep.equal([
        { value: 1 },
        { value: 1.5 },
      ]);
      expect(reader.pos).to.equal(reader.len);
    });
  });

  describe('strings', () => {
    it('are UTF-8, after their length in bytes', () => {
      expect(valueHex(rows.STRING, '')).to.equal('00');
      expect(valueHex(rows.STRING, 'ä株🚀')).to.equal('09c3a4e6a0aaf09f9a80');
      const long = 'ä'.repeat(64);
      expect(valueHex(rows.STRING, long)).to.equal(`8001${'c3a4'.repeat(64)}`);
      expect(roundTrip(rows.STRING, long)).to.equal(long);
    });

    it('stay UTF-8 if they contain half a surrogate pair, as in messages of JSON.parse', () => {
      expect(valueHex(rows.STRING, 'a\ud83d')).to.equal('0461efbfbd');
    });

    it('are refused if they are not strings', () => {
      for (const value of [0, false, {}, []])
        expect(() => roundTrip(rows.STRING, value)).to.throw(RowCoderError, 'is not a string');
    });
  });

  it('refuses invalid booleans', () => {
    for (const value of [0, 1, 'true', ''])
      expect(() => roundTrip(rows.BOOLEAN, value)).to.throw(RowCoderError, 'is not a boolean');
  });

  describe('null', () => {
    it('is accepted in a nullable field, also if the field is absent', () => {
      const coder = coderOf({ a: rows.nullable(rows.INT64), b: rows.INT64 });
      for (const row of [{ a: null, b: 1 }, { a: undefined, b: 1 }, { b: 1 }]) {
        expect(hex(coder, row)).to.equal('02010101');
        expect(decoded(coder, encoded(coder, row))).to.deep.equal({ a: null, b: 1 });
      }
    });

    it('is refused in any other field, with the name of the field', () => {
      const coder = coderOf({ a: rows.STRING, b: rows.INT64 });
      for (const row of [{ a: 'a', b: null }, { a: 'a', b: undefined }, { a: 'a' }])
        expect(() => encoded(coder, row)).to.throw(RowCoderError, 'b: null in a required field');
    });

    it('is not 0, false or empty', () => {
      for (const [type, value] of [
        [rows.INT64, 0],
        [rows.INT32, 0],
        [rows.DOUBLE, 0],
        [rows.BOOLEAN, false],
        [rows.STRING, ''],
      ] as const)
        expect(roundTrip(rows.nullable(type), value)).to.equal(value);
    });

    it('is marked by one bit for each field, from the lowest bit of the first byte on', () => {
      const names = Array.from({ length: 17 }, (_, i) => `f${i}`);
      const coder = coderOf(
        Object.fromEntries(names.map((name) => [name, rows.nullable(rows.INT64)])),
      );
      const rowWithout = (...nulls: number[]): Row =>
        Object.fromEntries(names.map((name, i) => [name, nulls.includes(i) ? null : 1]));
      const values = (count: number) => '01'.repeat(count);
      expect(hex(coder, rowWithout())).to.equal(`1100${values(17)}`);
      expect(hex(coder, rowWithout(7))).to.equal(`1103800000${values(16)}`);
      expect(hex(coder, rowWithout(8))).to.equal(`1103000100${values(16)}`);
      expect(hex(coder, rowWithout(0, 15, 16))).to.equal(`1103018001${values(14)}`);
      for (const row of [rowWithout(8), rowWithout(0, 15, 16)])
        expect(decoded(coder, encoded(coder, row))).to.deep.equal(row);
    });

    it('is not the meaning of omitted bits', () => {
      const fields = Array.from({ length: 9 }, (_, i) => [`f${i}`, rows.nullable(rows.INT64)]);
      const row = decoded(coderOf(Object.fromEntries(fields)), `090101${'01'.repeat(8)}`);
      expect(row).to.include({ f0: null, f1: 1, f8: 1 });
    });
  });

  it('codes rows in rows', () => {
    const coder = coderOf({
      inner: rows.nullable(rows.rowOf({ a: rows.nullable(rows.STRING), b: rows.INT64 })),
      after: rows.INT64,
    });
    expect(hex(coder, { inner: { a: null, b: 1 }, after: 2 })).to.equal('02000201010102');
    for (const row of [
      { inner: { a: 'x', b: -1 }, after: 2 },
      { inner: { a: null, b: 0 }, after: 2 },
      { inner: null, after: 2 },
    ])
      expect(decoded(coder, encoded(coder, row))).to.deep.equal(row);
    expect(() => encoded(coder, { inner: { a: 'x' }, after: 2 })).to.throw(
      RowCoderError,
      'inner: b: null in a required field',
    );
  });

  it('reads a row from before a field was added', () => {
    const old = coderOf({ a: rows.STRING });
    const now = coderOf({ a: rows.STRING, b: rows.nullable(rows.INT64) });
    expect(decoded(now, encoded(old, { a: 'x' }))).to.deep.equal({ a: 'x', b: null });
  });

  it('leaves out fields that its schema does not have', () => {
    expect(hex(coderOf({ a: rows.INT64 }), { a: 1, b: 2 })).to.equal('010001');
  });

  it('knows types whose values it cannot encode', () => {
    const coder = coderOf({
      list: rows.nullable(rows.arrayOf(rows.STRING)),
      map: rows.nullable(rows.mapOf(rows.STRING, rows.STRING)),
    });
    expect(hex(coder, {})).to.equal('020103');
    expect(decoded(coder, '020103')).to.deep.equal({ list: null, map: null });
    expect(() => encoded(coder, { list: ['a'] })).to.throw(
      RowCoderError,
      'list: values of arrayType are not supported',
    );
    expect(() => decoded(coder, '020102')).to.throw(RowCoderError, 'arrayType');
  });

  it('refuses a schema whose field has no type', () => {
    const schema = Schema.create({ fields: [{ name: 'a' } as Schema['fields'][number]] });
    expect(() => new RowCoder(schema)).to.throw(RowCoderError, 'field a has no type');
  });

  it('is created again, by workers, from the proto of a pipeline', () => {
    const coder = coderOf({ a: rows.nullable(rows.STRING), b: rows.INT64 });
    const { urn, payload } = coder.toProto().spec;
    expect(urn).to.equal('beam:coder:row:v1');
    const row = { a: 'x', b: 2 ** 40 };
    expect(decoded(new RowCoder(payload), encoded(coder, row))).to.deep.equal(row);
  });

  it('decodes any row that it has encoded', () => {
    const types = [
      [rows.STRING, anyText],
      [rows.DOUBLE, fc.double({ noNaN: true, noDefaultInfinity: true })],
      [rows.INT64, fc.maxSafeInteger()],
      [rows.INT32, fc.integer()],
      [rows.BOOLEAN, fc.boolean()],
    ] as const;
    const field = fc.constantFrom(...types).chain(([type, value]) =>
      fc.oneof(
        fc.record({ type: fc.constant(type), value }),
        fc.record({
          type: fc.constant(rows.nullable(type)),
          value: fc.option<unknown>(value as fc.Arbitrary<unknown>),
        }),
      ),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 20 }), (fields) => {
        const each = <T>(of: (field: (typeof fields)[number]) => T) =>
          Object.fromEntries(fields.map((field, i) => [`f${i}`, of(field)]));
        const coder = coderOf(each(({ type }) => type));
        const row = each(({ value }) => value);
        const bytes = encoded(coder, row);
        const reader = Reader.create(bytes);
        expect(coder.decode(reader)).to.deep.equal(row);
        expect(reader.pos).to.equal(bytes.length);
      }),
    );
  });
});
