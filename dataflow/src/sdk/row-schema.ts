import { createHash } from 'node:crypto';
import { AtomicType, type FieldType, Schema } from './beam';

const atomic = (atomicType: AtomicType): FieldType => ({
  nullable: false,
  typeInfo: { oneofKind: 'atomicType', atomicType },
});

/** Types of a row's fields (https://beam.apache.org/documentation/programming-guide/#schemas). */
export const STRING = atomic(AtomicType.STRING);
export const DOUBLE = atomic(AtomicType.DOUBLE);
export const INT32 = atomic(AtomicType.INT32);
export const INT64 = atomic(AtomicType.INT64);
export const BOOLEAN = atomic(AtomicType.BOOLEAN);

export const nullable = (type: FieldType): FieldType => ({ ...type, nullable: true });

export const arrayOf = (elementType: FieldType): FieldType => ({
  nullable: false,
  typeInfo: { oneofKind: 'arrayType', arrayType: { elementType } },
});

export const mapOf = (keyType: FieldType, valueType: FieldType): FieldType => ({
  nullable: false,
  typeInfo: { oneofKind: 'mapType', mapType: { keyType, valueType } },
});

export const rowOf = (fields: Record<string, FieldType>): FieldType => ({
  nullable: false,
  typeInfo: { oneofKind: 'rowType', rowType: { schema: rowSchema(fields) } },
});

/** The schema of a row with these fields, in this order. */
export function rowSchema(fields: Record<string, FieldType>): Schema {
  const schema = Schema.create({
    fields: Object.entries(fields).map(([name, type]) => ({
      name,
      description: '',
      type,
      id: 0,
      encodingPosition: 0,
      options: [],
    })),
  });
  return { ...schema, id: contentId(schema) };
}

/** Java keeps coders by the id of their schema, so that other fields must have another id; the same have the same. */
function contentId(schema: Schema): string {
  const digest = createHash('sha256').update(Schema.toBinary(schema)).digest('hex');
  // As a UUID of version 8, which is for such ids (https://www.rfc-editor.org/rfc/rfc9562#section-5.8).
  const parts = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(digest)?.slice(1) ?? [];
  const [low, mid, high, sequence, node] = parts;
  return `${low}-${mid}-8${high}-8${sequence}-${node}`;
}
