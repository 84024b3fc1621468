import avro from 'avsc';
import type { Definition, Encoding } from './definition.js';

/** An Avro schema: https://avro.apache.org/docs/1.11.1/specification/ */
export class AvroDefinition implements Definition {
  readonly #type: avro.Type;
  /** Without defaults, because these are for readers: a writer writes every field. */
  readonly #written: avro.Type;

  /** @throws {Error} if `source` is not the JSON of an Avro schema */
  constructor(source: string) {
    this.#type = toType(JSON.parse(source));
    this.#written = toType(
      JSON.parse(source, (key, value) => (key === 'default' ? undefined : value)),
    );
  }

  check(data: Buffer, encoding: Encoding): void {
    if (encoding === 'JSON') this.#written.fromString(data.toString());
    else this.#written.fromBuffer(data);
  }

  /** Each of the two must be able to read what the other wrote. */
  checkSuccessor(next: AvroDefinition): void {
    next.#type.createResolver(this.#type);
    this.#type.createResolver(next.#type);
  }
}

/** Unions are wrapped, as in Avro's JSON encoding: `{"int": 1}`. */
function toType(schema: avro.Schema): avro.Type {
  return avro.Type.forSchema(schema, { wrapUnions: true });
}
