/**
 * Rows as Beam's SDKs exchange them, `beam:coder:row:v1`. It replaces the SDK's coder, which has no
 * DOUBLE, keeps 32 bits of an INT64, and does not check that a value fits its field.
 *
 * The encoding:
 * https://github.com/apache/beam/blob/v2.49.0/model/pipeline/src/main/proto/org/apache/beam/model/pipeline/v1/beam_runner_api.proto#L987
 */
import type { Reader, Writer } from 'protobufjs';
import {
  AtomicType,
  type Coder,
  type FieldType,
  globalRegistry,
  requireForSerialization,
  Schema,
  writeRawBytes,
} from './beam';

export type Row = Record<string, unknown>;

/** Thrown for a value that a field cannot hold. */
export class RowCoderError extends Error {
  override name = 'RowCoderError';
}

interface ValueCoder {
  encode(value: unknown, writer: Writer): void;
  decode(reader: Reader): unknown;
}

const checked = <T>(value: unknown, is: boolean, what: string): T => {
  if (!is) throw new RowCoderError(`${String(value)} is not ${what}`);
  return value as T;
};

const integer = (value: unknown) =>
  checked<number>(value, Number.isSafeInteger(value), 'a whole number within 2^53');

const ATOMIC_CODERS: Partial<Record<AtomicType, ValueCoder>> = {
  [AtomicType.STRING]: {
    // The writer would encode half a surrogate pair as bytes that are not UTF-8.
    encode: (value, writer) =>
      writer.bytes(Buffer.from(checked<string>(value, typeof value === 'string', 'a string'))),
    decode: (reader) => reader.string(),
  },
  [AtomicType.BOOLEAN]: {
    encode: (value, writer) => writer.bool(checked(value, typeof value === 'boolean', 'a boolean')),
    decode: (reader) => reader.bool(),
  },
  [AtomicType.DOUBLE]: {
    // Big-endian, while protobuf's is little-endian.
    encode: (value, writer) => {
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeDoubleBE(checked(value, Number.isFinite(value), 'a finite number'));
      writeRawBytes(bytes, writer);
    },
    decode: (reader) => {
      const bytes = Buffer.from(reader.buf.buffer, reader.buf.byteOffset + reader.pos, 8);
      reader.skip(8);
      return bytes.readDoubleBE();
    },
  },
  [AtomicType.INT32]: {
    // As Java encodes it: a negative number has five bytes, while protobuf's int32 has ten.
    encode: (value, writer) =>
      writer.uint32(checked<number>(value, value === Number(value) << 0, 'of 32 bits') >>> 0),
    decode: (reader) => reader.int32(),
  },
  [AtomicType.INT64]: {
    encode: (value, writer) => writer.int64(integer(value)),
    decode: (reader) => integer(Number(reader.int64())),
  },
};

/** For types that the other SDK requires to be declared, and whose values are always null. */
const alwaysNull = (kind: string | undefined): ValueCoder => {
  const refuse = () => {
    throw new RowCoderError(`values of ${kind} are not supported`);
  };
  return { encode: refuse, decode: refuse };
};

function coderOf({ typeInfo }: FieldType): ValueCoder {
  switch (typeInfo.oneofKind) {
    case 'atomicType':
      return ATOMIC_CODERS[typeInfo.atomicType] ?? alwaysNull(AtomicType[typeInfo.atomicType]);
    case 'rowType': {
      if (!typeInfo.rowType.schema) throw new RowCoderError('a row without a schema');
      const coder = new RowCoder(typeInfo.rowType.schema);
      return {
        encode: (value, writer) => coder.encode(value as Row, writer),
        decode: (reader) => coder.decode(reader),
      };
    }
    default:
      return alwaysNull(typeInfo.oneofKind);
  }
}

interface FieldCoder extends ValueCoder {
  name: string;
  nullable: boolean;
}

/** Encodes objects by a schema. A field that is undefined or absent is encoded as null. */
export class RowCoder implements Coder<Row> {
  static readonly URN = 'beam:coder:row:v1';
  readonly #schema: Schema;
  readonly #fields: FieldCoder[];

  /** @param schema a message, or its serialized form, which is a coder's payload */
  constructor(schema: Schema | Uint8Array) {
    this.#schema = schema instanceof Uint8Array ? Schema.fromBinary(schema) : schema;
    this.#fields = inEncodedOrder(this.#schema).map(({ name, type }) => {
      if (!type) throw new RowCoderError(`field ${name} has no type`);
      return { ...coderOf(type), name, nullable: type.nullable };
    });
  }

  /** @throws {RowCoderError} if a value does not fit its field */
  encode(row: Row, writer: Writer): void {
    const values = this.#fields.map(({ name }) => row[name] ?? null);
    writer.uint32(values.length);
    writer.bytes(nullBits(values));
    for (const [i, field] of this.#fields.entries()) {
      const value = values[i];
      if (value === null) {
        if (!field.nullable) throw new RowCoderError(`${field.name}: null in a required field`);
        continue;
      }
      try {
        field.encode(value, writer);
      } catch (error) {
        throw new RowCoderError(`${field.name}: ${(error as Error).message}`, { cause: error });
      }
    }
  }

  decode(reader: Reader): Row {
    const count = reader.uint32();
    const nulls = reader.bytes();
    const row: Row = {};
    for (const [i, { name, decode }] of this.#fields.entries()) {
      // A row that is older than a field of the schema has fewer fields.
      const isNull = i >= count || ((nulls[i >> 3] ?? 0) >> (i & 7)) & 1;
      row[name] = isNull ? null : decode(reader);
    }
    return row;
  }

  toProto() {
    return {
      spec: { urn: RowCoder.URN, payload: Schema.toBinary(this.#schema) },
      componentCoderIds: [],
    };
  }
}

/** The fields in the order in which rows have them: a schema that got new fields keeps it. */
function inEncodedOrder({ fields, encodingPositionsSet }: Schema): Schema['fields'] {
  if (!encodingPositionsSet) return fields;
  return [...fields].sort((a, b) => a.encodingPosition - b.encodingPosition);
}

/** A bit for each field, set if it is null, the first field's the lowest; empty if none is null. */
function nullBits(values: readonly unknown[]): Uint8Array {
  if (!values.includes(null)) return new Uint8Array();
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries()) {
    if (value === null) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return bits;
}

globalRegistry().register(RowCoder.URN, RowCoder as never);
// No step uses it: workers load it because it is registered, and would take the SDK's own coder
// otherwise.
requireForSerialization('iex-dataflow/dist/sdk/row-coder');
