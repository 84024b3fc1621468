// First, because it patches the SDK that is imported next.
import 'iex-dataflow';
import { UnknownFieldHandler, WireType } from '@protobuf-ts/runtime';
import { type ProcessBundleDescriptor, RemoteGrpcPort } from 'apache-beam/proto/beam_fn_api';
import { ParDoPayload } from 'apache-beam/proto/beam_runner_api';
import { Schema } from 'apache-beam/proto/schema';

/** A field of each wire type, with a number that no message of Beam has. */
const FIELDS: [number, WireType, Uint8Array][] = [
  [1501, WireType.Varint, Buffer.of(0x96, 0x01)],
  [1502, WireType.Bit64, Buffer.alloc(8, 0xff)],
  [1503, WireType.LengthDelimited, Buffer.from('\x05hello')],
  [1504, WireType.Bit32, Buffer.alloc(4, 0xff)],
];

/** Adds unknown fields to a message and to all messages in it. */
export function addUnknownFields<T extends object>(message: T): T {
  for (const value of Object.values(message)) {
    if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
      addUnknownFields(value);
  }
  if (!Array.isArray(message)) {
    for (const field of FIELDS) UnknownFieldHandler.onRead('', message, ...field);
  }
  return message;
}

/** Messages that are serialized in others, by the URN of what has them as its payload. */
const PAYLOADS = {
  'beam:runner:source:v1': RemoteGrpcPort,
  'beam:runner:sink:v1': RemoteGrpcPort,
  'beam:transform:pardo:v1': ParDoPayload,
  'beam:coder:row:v1': Schema,
} as const;

/** Adds such fields to the messages in the payloads of a description, too. */
export function addUnknownFieldsToPayloads(descriptor: ProcessBundleDescriptor): void {
  const parts = [...Object.values(descriptor.transforms), ...Object.values(descriptor.coders)];
  for (const { spec } of parts) {
    const type = PAYLOADS[spec?.urn as keyof typeof PAYLOADS] as typeof Schema | undefined;
    if (!spec || !type) continue;
    spec.payload = type.toBinary(addUnknownFields(type.fromBinary(spec.payload)));
  }
}
