import protobuf from 'protobufjs';
import { descriptors } from '#descriptors';
import { DECODING } from './messages.js';

const root = protobuf.Root.fromJSON(descriptors).resolveAll();

/**
 * Frequent messages, for which a conversion would take as long as the encoding. The requests have
 * their defaults in their prototype, so they must not be copied by their own properties; no field
 * that is read is an enum or a 64-bit integer.
 */
const DECODED_AS_THEY_ARE = new Set([
  'PublishRequest',
  'AcknowledgeRequest',
  'ModifyAckDeadlineRequest',
]);
const ENCODED_AS_THEY_ARE = new Set(['PublishResponse', 'PullResponse', 'StreamingPullResponse']);

/** The services of the API, with their types and HTTP annotations. */
export const services = {
  publisher: root.lookupService('google.pubsub.v1.Publisher'),
  subscriber: root.lookupService('google.pubsub.v1.Subscriber'),
  schemaService: root.lookupService('google.pubsub.v1.SchemaService'),
  iamPolicy: root.lookupService('google.iam.v1.IAMPolicy'),
};

/** A message of google.pubsub.v1: `Topic`. */
export function messageType(name: string): protobuf.Type {
  return root.lookupType(`google.pubsub.v1.${name}`);
}

/** The types of a method's request and response. */
export function typesOf(method: protobuf.Method): Record<'request' | 'response', protobuf.Type> {
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (!request || !response) throw new Error(`${method.fullName} has not been resolved.`);
  return { request, response };
}

/** How gRPC calls a method, and how its messages are read and written. */
export interface Codec {
  /** `google.pubsub.v1.Publisher/Publish` */
  readonly path: string;
  readonly isStreaming: boolean;
  /** @throws {Error} if the bytes are not a request of this method */
  decodeRequest(bytes: Buffer): object;
  encodeResponse(response: object): Uint8Array;
}

export function codecOf(method: protobuf.Method): Codec {
  const { request, response } = typesOf(method);
  return {
    path: `${method.parent?.fullName.slice(1)}/${method.name}`,
    isStreaming: method.requestStream === true,
    decodeRequest: decoder(request),
    encodeResponse: encoder(response),
  };
}

function encoder(type: protobuf.Type) {
  return (message: object) => {
    const encodable = ENCODED_AS_THEY_ARE.has(type.name) ? message : type.fromObject(message);
    return type.encode(encodable).finish();
  };
}

function decoder(type: protobuf.Type) {
  if (DECODED_AS_THEY_ARE.has(type.name)) return (bytes: Buffer) => type.decode(bytes);
  return (bytes: Buffer) => type.toObject(type.decode(bytes), DECODING);
}
