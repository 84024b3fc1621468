import { invalidArgument } from '../protocol/status.js';
import { AvroDefinition } from './avro.js';
import { ProtocolBufferDefinition } from './protocol-buffer.js';

/** How the data of a message is encoded. */
export type Encoding = 'ENCODING_UNSPECIFIED' | 'JSON' | 'BINARY';

/** A parsed schema. */
export interface Definition {
  /** @throws {Error} that says how `data` violates the schema */
  check(data: Buffer, encoding: 'JSON' | 'BINARY'): void;
  /** @throws {Error} that says why `next`, of the same type, must not follow this definition */
  checkSuccessor(next: this): void;
}

/** By the type of the schema. */
const PARSERS: Record<string, ((source: string) => Definition) | undefined> = {
  AVRO: (source) => new AvroDefinition(source),
  PROTOCOL_BUFFER: (source) => new ProtocolBufferDefinition(source),
};

/** 300 KB: https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_BYTES = 300_000;

/**
 * Parses the definition of a schema.
 *
 * @throws {PubSubError} INVALID_ARGUMENT
 */
export function parseDefinition(type: string, source: string): Definition {
  const parse = PARSERS[type];
  if (!parse) throw invalidArgument(`Invalid schema type: ${type}.`);
  if (Buffer.byteLength(source) > MAX_BYTES) {
    throw invalidArgument(`The schema definition is larger than ${MAX_BYTES} bytes.`);
  }
  try {
    return parse(source);
  } catch (cause) {
    throw invalidArgument(`Invalid schema definition: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * @throws {PubSubError} INVALID_ARGUMENT unless `data` is a message of the schema
 */
export function checkMessage(definition: Definition, data: Buffer, encoding: Encoding): void {
  if (encoding === 'ENCODING_UNSPECIFIED') {
    throw invalidArgument('The encoding of the messages is not specified.');
  }
  try {
    definition.check(data, encoding);
  } catch (cause) {
    throw invalidArgument(`Invalid data in message: ${reasonOf(cause)}`, { cause });
  }
}

/** The message of a thrown error, in one line. */
export function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, ' ');
}
