import protobuf from 'protobufjs';
import { asJsonObject, parseProtoJson } from '../protocol/proto-json.js';
import type { Definition, Encoding } from './definition.js';
import { checkWireFormat } from './wire-format.js';

/**
 * A .proto file with one message, as documented:
 * https://cloud.google.com/pubsub/docs/schemas#schema_definition_format
 */
export class ProtocolBufferDefinition implements Definition {
  readonly #message: protobuf.Type;

  /** @throws {Error} if `source` is not a .proto file with one message and without imports */
  constructor(source: string) {
    const { root, imports = [] } = protobuf.parse(source, new protobuf.Root());
    if (imports.length > 0) throw new Error(`the import of ${imports[0]} is not supported`);
    root.resolveAll();
    const [message, another] = topLevelMessages(root);
    if (!message) throw new Error('it has no message');
    if (another) throw new Error(`it has the messages ${message.name} and ${another.name}`);
    this.#message = message;
  }

  check(data: Buffer, encoding: Encoding): void {
    if (encoding === 'BINARY') {
      checkWireFormat(this.#message, data);
      this.#message.decode(data);
      return;
    }
    const json = asJsonObject(JSON.parse(data.toString()), 'The message');
    const message = parseProtoJson(this.#message, json);
    // A required field that is missing is noticed only in an object without the defaults.
    const violation = this.#message.verify(this.#message.toObject(message));
    if (violation) throw new Error(violation);
  }

  /**
   * Optional fields may be added and removed, and no field may change:
   * https://cloud.google.com/pubsub/docs/commit-schema-revision
   */
  checkSuccessor(next: ProtocolBufferDefinition): void {
    checkFields(this.#message, next.#message);
  }
}

/** Those of all packages. */
function topLevelMessages(namespace: protobuf.NamespaceBase): protobuf.Type[] {
  return namespace.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Type) return [nested];
    return nested instanceof protobuf.Namespace ? topLevelMessages(nested) : [];
  });
}

function checkFields(before: protobuf.Type, after: protobuf.Type): void {
  for (const id of new Set([...Object.keys(before.fieldsById), ...Object.keys(after.fieldsById)])) {
    const removed = before.fieldsById[Number(id)];
    const added = after.fieldsById[Number(id)];
    const only = removed && added ? undefined : (removed ?? added);
    if (only && (only.required || only.repeated || only.map)) {
      throw new Error(`field ${only.name} is not optional and cannot be added or removed`);
    }
    if (removed && added && signature(removed) !== signature(added)) {
      throw new Error(`field ${removed.name} has changed`);
    }
  }
  for (const nested of before.nestedArray) {
    const successor = after.nested?.[nested.name];
    if (nested instanceof protobuf.Type && successor instanceof protobuf.Type) {
      checkFields(nested, successor);
    }
  }
}

function signature(field: protobuf.Field): string {
  const key = field instanceof protobuf.MapField ? field.keyType : '';
  return [field.name, field.type, field.repeated, field.required, key].join();
}
