import { expect } from 'chai';
import { type FieldType, Schema } from 'iex-dataflow/src/sdk/beam';
import * as rows from 'iex-dataflow/src/sdk/row-schema';

describe('rowSchema', () => {
  it('has the fields in their order, with their types', () => {
    const { fields, encodingPositionsSet } = rows.rowSchema({
      b: rows.STRING,
      a: rows.nullable(rows.INT64),
    });
    expect(fields.map(({ name, type }) => ({ name, type }))).to.deep.equal([
      { name: 'b', type: rows.STRING },
      { name: 'a', type: { ...rows.INT64, nullable: true } },
    ]);
    expect(encodingPositionsSet).to.equal(false);
  });

  it('is the same as from Beam, byte for byte', () => {
    // Beam's own example, without its id: str, i32 and f64, of which each may be null
    // (https://github.com/apache/beam/blob/v2.77.0/model/fn-execution/src/main/resources/org/apache/beam/model/fnexecution/v1/standard_coders.yaml).
    const bytes = Buffer.from(
      '\n\x0b\n\x03str\x1a\x04\x08\x01\x10\x07\n\x0b\n\x03i32\x1a\x04\x08\x01\x10\x03\n\x0b\n\x03f64\x1a\x04\x08\x01\x10\x06',
    );
    const schema = rows.rowSchema({
      str: rows.nullable(rows.STRING),
      i32: rows.nullable(rows.INT32),
      f64: rows.nullable(rows.DOUBLE),
    });
    expect(Buffer.from(Schema.toBinary({ ...schema, id: '' }))).to.deep.equal(bytes);
  });

  describe('its id', () => {
    const idOf = (fields: Record<string, FieldType>) => rows.rowSchema(fields).id;

    it('is a UUID, which Java reads', () => {
      expect(idOf({ a: rows.STRING })).to.match(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    });

    it('is the same for the same fields, in every process', () => {
      expect(idOf({ a: rows.STRING })).to.equal('4d742e8f-a5f3-87f0-8f3e-c5605a208fd9');
    });

    it('differs for other fields, because Java would use the coder of the first', () => {
      const schemas: Record<string, FieldType>[] = [
        {},
        { a: rows.STRING },
        { b: rows.STRING },
        { a: rows.INT64 },
        { a: rows.nullable(rows.STRING) },
        { a: rows.STRING, b: rows.STRING },
        { b: rows.STRING, a: rows.STRING },
        { a: rows.arrayOf(rows.STRING) },
        { a: rows.arrayOf(rows.INT64) },
        { a: rows.mapOf(rows.STRING, rows.INT64) },
        { a: rows.rowOf({ a: rows.STRING }) },
        { a: rows.rowOf({ a: rows.nullable(rows.STRING) }) },
      ];
      expect(new Set(schemas.map(idOf))).to.have.property('size', schemas.length);
    });
  });
});

describe('nullable', () => {
  it('does not change the type that it is made from', () => {
    expect(rows.nullable(rows.STRING)).to.deep.equal({ ...rows.STRING, nullable: true });
    expect(rows.STRING.nullable).to.equal(false);
  });
});
