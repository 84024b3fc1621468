import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { descriptors } from '#descriptors';
import { DECODING } from './messages.js';

const root = protobuf.Root.fromJSON(descriptors).resolveAll();

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

/** A service for gRPC's server. */
export function serviceDefinition(service: protobuf.Service): ServiceDefinition {
  return Object.fromEntries(service.methodsArray.map((method) => [method.name, define(method)]));
}

/** The types of a method's request and response. */
export function typesOf(method: protobuf.Method): Record<'request' | 'response', protobuf.Type> {
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (!request || !response) throw new Error(`${method.fullName} has not been resolved.`);
  return { request, response };
}

function define(method: protobuf.Method): MethodDefinition<object, object> {
  const { request, response } = typesOf(method);
  return {
    path: `/${method.parent?.fullName.slice(1)}/${method.name}`,
    requestStream: method.requestStream ?? false,
    responseStream: method.responseStream ?? false,
    requestSerialize: encoder(request),
    requestDeserialize: decoder(request),
    responseSerialize: encoder(response),
    responseDeserialize: decoder(response),
  };
}

function encoder(type: protobuf.Type) {
  return (message: object) => type.encode(type.fromObject(message)).finish() as Buffer;
}

function decoder(type: protobuf.Type) {
  return (bytes: Buffer) => type.toObject(type.decode(bytes), DECODING);
}
