import protobuf from 'protobufjs';
import { DECODING, type Duration, type Timestamp, toRfc3339, toTimestamp } from './messages.js';
import { invalidArgument } from './status.js';

/** A JSON object, as JSON.parse returns it. */
export type JsonObject = Record<string, unknown>;

/** Reads and writes a message with a special JSON form. */
interface JsonForm {
  read(text: string): object | undefined;
  write(message: object): string;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
/** Twelve digits hold the 10,000 years that a duration may last. */
const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

const WELL_KNOWN: Record<string, JsonForm | undefined> = {
  '.google.protobuf.Timestamp': {
    read: (text) => {
      const millis = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
      return Number.isNaN(millis) ? undefined : toTimestamp(millis);
    },
    write: (message) => toRfc3339(message as Timestamp),
  },
  '.google.protobuf.Duration': {
    read: (text) => {
      const [, sign, seconds, fraction = ''] = DURATION.exec(text) ?? [];
      if (seconds === undefined) return undefined;
      const factor = sign ? -1 : 1;
      return { seconds: factor * Number(seconds), nanos: factor * Number(fraction.padEnd(9, '0')) };
    },
    write: (message) => {
      const { seconds, nanos } = message as Duration; // never negative in a checked configuration
      const fraction = String(nanos)
        .padStart(9, '0')
        .replace(/(000)+$/, '');
      return fraction ? `${seconds}.${fraction}s` : `${seconds}s`;
    },
  },
  '.google.protobuf.FieldMask': {
    // In camelCase as JSON, in snake_case otherwise: https://protobuf.dev/reference/protobuf/google.protobuf/#field-mask
    read: (text) => ({ paths: text === '' ? [] : text.split(',').map(toSnakeCase) }),
    write: (message) => (message as { paths: string[] }).paths.join(','),
  },
};

/** The range of each type of integers: from the first number up to below the second. */
const INTEGER_RANGE: Record<string, readonly [from: number, below: number] | undefined> = {
  int32: [-(2 ** 31), 2 ** 31],
  sint32: [-(2 ** 31), 2 ** 31],
  sfixed32: [-(2 ** 31), 2 ** 31],
  uint32: [0, 2 ** 32],
  fixed32: [0, 2 ** 32],
  int64: [-(2 ** 63), 2 ** 63],
  sint64: [-(2 ** 63), 2 ** 63],
  sfixed64: [-(2 ** 63), 2 ** 63],
  uint64: [0, 2 ** 64],
  fixed64: [0, 2 ** 64],
};

/**
 * The message that gRPC would have decoded for `json`, by the protobuf JSON mapping:
 * https://protobuf.dev/programming-guides/json Written here because protobufjs does not know the
 * mapping, and the library of Google's clients, proto3-json-serializer, silently accepts unknown
 * names, values of a wrong type and invalid base64, and writes every default.
 *
 * @throws {PubSubError} INVALID_ARGUMENT if `json` is not a message of the type
 */
export function fromProtoJson(type: protobuf.Type, json: JsonObject): object {
  return type.toObject(parseProtoJson(type, json), DECODING);
}

/**
 * The same as a message of protobufjs, which has only the fields that are set.
 *
 * @throws {PubSubError} INVALID_ARGUMENT if `json` is not a message of the type
 */
export function parseProtoJson(type: protobuf.Type, json: JsonObject): protobuf.Message {
  return type.fromObject(readMessage(type, json));
}

/**
 * JSON for a message as a handler returns it, by the same mapping. Fields with their default value
 * are omitted.
 */
export function toProtoJson(type: protobuf.Type, message: object): JsonObject {
  const json: JsonObject = {};
  for (const field of type.fieldsArray) {
    const value = (message as JsonObject)[field.name];
    if (isDefault(field, value)) continue;
    if (field instanceof protobuf.MapField) {
      json[field.name] = mapValues(value as object, (entry) => writeValue(field, entry));
    } else if (field.repeated) {
      json[field.name] = (value as unknown[]).map((entry) => writeValue(field, entry));
    } else {
      json[field.name] = writeValue(field, value);
    }
  }
  return json;
}

/** @throws {PubSubError} INVALID_ARGUMENT if `value` is not a JSON object */
export function asJsonObject(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidPayload(`${what} must be an object.`);
  }
  return value as JsonObject;
}

/** INVALID_ARGUMENT, in the service's words. */
export function invalidPayload(reason: string, cause?: unknown) {
  return invalidArgument(`Invalid JSON payload received. ${reason}`, { cause });
}

function readMessage(type: protobuf.Type, json: JsonObject): JsonObject {
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(json)) {
    const name = protobuf.util.camelCase(key); // snake_case is allowed as well
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (!field) throw invalidPayload(`Unknown name "${key}" in ${type.name}.`);
    if (value !== null) entries.push([name, readField(field, value)]); // null means the default
  }
  return Object.fromEntries(entries);
}

function readField(field: protobuf.Field, json: unknown): unknown {
  if (field instanceof protobuf.MapField) {
    return mapValues(asJsonObject(json, nameOf(field)), (value) => readValue(field, value));
  }
  if (!field.repeated) return readValue(field, json);
  if (!Array.isArray(json)) throw invalidPayload(`${nameOf(field)} must be an array.`);
  return json.map((value) => readValue(field, value));
}

function readValue(field: protobuf.Field, json: unknown): unknown {
  const type = field.resolvedType;
  const form = type && WELL_KNOWN[type.fullName];
  let value: unknown;
  if (form) value = typeof json === 'string' ? form.read(json) : undefined;
  else if (type instanceof protobuf.Type) {
    value = readMessage(type, asJsonObject(json, nameOf(field)));
  } else if (type) value = readEnum(type, json);
  else value = readScalar(field.type, json);
  if (value === undefined) {
    throw invalidPayload(`Invalid value for ${nameOf(field)}: ${excerpt(json)}.`);
  }
  return value;
}

function readEnum({ values, valuesById }: protobuf.Enum, json: unknown): unknown {
  if (typeof json === 'string') return Object.hasOwn(values, json) ? json : undefined;
  return typeof json === 'number' && valuesById[json] !== undefined ? json : undefined;
}

function readScalar(type: string, json: unknown): unknown {
  const range = INTEGER_RANGE[type];
  if (range) return readInteger(json, range);
  if (type === 'float' || type === 'double') return readFloat(json);
  if (type === 'bool') return typeof json === 'boolean' ? json : undefined;
  if (typeof json !== 'string') return undefined;
  return type === 'bytes' ? readBase64(json) : json;
}

/** An integer within a range, written as a number or as a string. */
function readInteger(
  json: unknown,
  [from, below]: readonly [from: number, below: number],
): number | undefined {
  const isNumeral = typeof json === 'number' || (typeof json === 'string' && /^-?\d+$/.test(json));
  const value = isNumeral ? Number(json) : Number.NaN;
  return Number.isInteger(value) && value >= from && value < below ? value : undefined;
}

function readFloat(json: unknown): number | undefined {
  if (typeof json === 'number' || json === 'NaN') return Number(json);
  const isNumeral =
    typeof json === 'string' && /^-?(Infinity|\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(json);
  return isNumeral ? Number(json) : undefined;
}

/** Standard or URL-safe base64, with or without padding. */
function readBase64(text: string): Buffer | undefined {
  const digits = text.replace(/={1,2}$/, '');
  const bytes = Buffer.from(digits, 'base64');
  // Buffer skips characters that are not base64, and then returns fewer bytes.
  const isWhole = digits.length % 4 !== 1 && bytes.length === Math.floor((digits.length * 3) / 4);
  return isWhole ? bytes : undefined;
}

function writeValue(field: protobuf.Field, value: unknown): unknown {
  const type = field.resolvedType;
  if (type instanceof protobuf.Type) {
    const form = WELL_KNOWN[type.fullName];
    return form ? form.write(value as object) : toProtoJson(type, value as object);
  }
  if (field.type === 'bytes') return (value as Buffer).toString('base64');
  return field.type === 'int64' ? String(value) : value;
}

/** A message is the default only if it is absent: an empty one can have a meaning. */
export function isDefault(field: protobuf.Field, value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (field instanceof protobuf.MapField) return Object.keys(value).length === 0;
  if (field.repeated || field.type === 'bytes') return (value as ArrayLike<unknown>).length === 0;
  if (field.resolvedType instanceof protobuf.Enum) {
    return value === field.resolvedType.valuesById[0];
  }
  return value === '' || value === 0 || value === false;
}

function mapValues(entries: object, convert: (value: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, convert(value)]));
}

/** `PubsubMessage.data` */
function nameOf(field: protobuf.Field): string {
  return `${field.parent?.name}.${field.name}`;
}

function excerpt(json: unknown): string {
  const text = JSON.stringify(json);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

function toSnakeCase(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
