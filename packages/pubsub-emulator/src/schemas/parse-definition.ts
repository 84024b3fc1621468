import { invalidArgument } from '../protocol/status.js';
import { AvroDefinition } from './avro.js';
import type { Definition } from './definition.js';
import { ProtocolBufferDefinition } from './protocol-buffer.js';

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
 * @param type AVRO or PROTOCOL_BUFFER
 * @throws {PubSubError} INVALID_ARGUMENT
 */
export function parseDefinition(type: string, source: string): Definition {
  const parse = PARSERS[type];
  if (!parse) throw invalidArgument(`Invalid schema type: ${type}.`);
  if (Buffer.byteLength(source) > MAX_BYTES) {
    throw invalidArgument(`The schema definition is larger than ${MAX_BYTES} bytes.`);
  }
  return withReason('Invalid schema definition', () => parse(source));
}

/**
 * The result of `action`.
 *
 * @throws {PubSubError} INVALID_ARGUMENT with `failure` and the message of the error that `action`
 *   throws
 */
export function withReason<T>(failure: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalidArgument(`${failure}: ${reason.replace(/\s+/g, ' ')}`, { cause });
  }
}
