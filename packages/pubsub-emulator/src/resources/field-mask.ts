import protobuf from 'protobufjs';
import { DECODING, type FieldMask } from '../protocol/messages.js';
import { messageType } from '../protocol/services.js';
import { invalidArgument } from '../protocol/status.js';

type Message = Record<string, unknown>;

/**
 * `current` with the fields that `mask` names taken from `update`. Paths are in snake_case, and may
 * name fields of messages inside: `schema_settings.schema`. REST converts those in camelCase, which
 * JSON has. See https://protobuf.dev/reference/protobuf/google.protobuf/#field-mask
 *
 * @param type the resource: `Topic`
 * @throws {PubSubError} INVALID_ARGUMENT if the mask is empty, or names a field that is unknown or
 *   `fixed`
 */
export function applyFieldMask<T extends object>(
  type: string,
  current: T,
  update: T,
  mask: FieldMask | null,
  fixed: readonly string[],
): T {
  if (!mask || mask.paths.length === 0) {
    throw invalidArgument('The update_mask in the request must be set and non-empty.');
  }
  return mask.paths.reduce<T>((result, path) => {
    const fields = resolvePath(messageType(type), path);
    if (fixed.includes(fields[0]?.name ?? '')) {
      throw invalidArgument(`Invalid update_mask: "${path}" cannot be changed.`);
    }
    return replaceField(fields, result as Message, update as Message) as T;
  }, current);
}

/** The fields on the way to the one that `path` names. */
function resolvePath(resource: protobuf.Type, path: string): protobuf.Field[] {
  let type: protobuf.Type | null = resource;
  return path.split('.').map((segment) => {
    const name = protobuf.util.camelCase(segment);
    const field = type && Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (!field || /[A-Z]/.test(segment)) {
      throw invalidArgument(`Invalid update_mask: "${path}" is not a field.`);
    }
    // Entries of a list or a map cannot be named.
    const isMessage = field.resolvedType instanceof protobuf.Type && !field.repeated && !field.map;
    type = isMessage ? (field.resolvedType as protobuf.Type) : null;
    return field;
  });
}

/** `current` with one field taken from `update`; a message that is not set is null or absent. */
function replaceField(
  [field, ...inner]: protobuf.Field[],
  current: Message | null | undefined,
  update: Message | null | undefined,
): Message | null {
  if (!(field?.parent instanceof protobuf.Type) || !(current || update)) return null;
  const unset = field.parent.toObject(field.parent.create(), DECODING);
  const { [field.name]: kept, ...result } = current ?? unset;
  const { [field.name]: taken } = update ?? unset;
  const value = inner.length > 0 ? replaceField(inner, kept as Message, taken as Message) : taken;
  for (const alternative of value ? (field.partOf?.oneof ?? []) : []) delete result[alternative];
  return { ...result, [field.name]: value };
}
