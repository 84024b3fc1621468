import protobuf from 'protobufjs';

/** Wire types: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Deeper messages are refused, as by Google's own parsers. */
const MAX_DEPTH = 100;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Checks that the known fields of an encoded message have the wire types of their declarations, and
 * that strings are UTF-8. Written here because protobufjs checks neither, so that almost any bytes
 * would be a valid message.
 *
 * @throws {Error} if `data` is not a message of the type
 */
export function checkWireFormat(type: protobuf.Type, data: Buffer, depth = 0): void {
  if (depth > MAX_DEPTH) throw new Error(`messages are nested more than ${MAX_DEPTH} deep`);
  const reader = protobuf.Reader.create(data);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = type.fieldsById[tag >>> 3];
    const wireType = tag & 7;
    if (tag >>> 3 === 0) throw new Error('0 is not the number of a field');
    if (!field || isPackable(field, wireType)) {
      reader.skipType(wireType);
    } else if (wireType !== wireTypeOf(field)) {
      throw new Error(`field ${field.name} is not a ${field.type}`);
    } else if (wireType === LENGTH_DELIMITED) {
      checkContents(field, Buffer.from(reader.bytes()), depth);
    } else {
      reader.skipType(wireType);
    }
  }
}

/** Whether a length-delimited value may be an array of the field's values. */
function isPackable(field: protobuf.Field, wireType: number): boolean {
  return field.repeated && wireType === LENGTH_DELIMITED && wireTypeOf(field) !== LENGTH_DELIMITED;
}

function wireTypeOf(field: protobuf.Field): number {
  if (field.map || field.resolvedType instanceof protobuf.Type) return LENGTH_DELIMITED;
  const wireTypes: Record<string, number> = protobuf.types.basic;
  return wireTypes[field.type] ?? VARINT; // an enum
}

function checkContents(field: protobuf.Field, contents: Buffer, depth: number): void {
  if (field.map) return;
  if (field.resolvedType instanceof protobuf.Type) {
    checkWireFormat(field.resolvedType, contents, depth + 1);
  } else if (field.type === 'string') {
    utf8.decode(contents);
  }
}
