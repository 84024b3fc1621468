import avro from 'avsc';
import type { Definition } from './definition.js';

/** An Avro schema: https://avro.apache.org/docs/1.11.1/specification/ */
export class AvroDefinition implements Definition {
  readonly #type: avro.Type;

  /** @throws {Error} if `source` is not the JSON of an Avro schema */
  constructor(source: string) {
    this.#type = avro.Type.forSchema(JSON.parse(source), { wrapUnions: true });
  }

  check(data: Buffer, encoding: 'JSON' | 'BINARY'): void {
    if (encoding === 'JSON') this.#type.fromString(data.toString());
    else this.#type.fromBuffer(data);
  }

  /** Each of the two must be able to read what the other wrote. */
  checkSuccessor(next: AvroDefinition): void {
    next.#type.createResolver(this.#type);
    this.#type.createResolver(next.#type);
  }
}
