import { Metadata } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import type { PubSubError } from '../protocol/status.js';

/**
 * The part of google.rpc that carries an ErrorInfo:
 * https://github.com/googleapis/googleapis/tree/master/google/rpc
 */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
`);

/** The trailer that carries the details of an error to gRPC clients; undefined if it has none. */
export function toTrailer({ code, message, info }: PubSubError): Metadata | undefined {
  if (!info) return undefined;
  const metadata = new Metadata();
  const value = encode('ErrorInfo', info);
  const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value }];
  metadata.set('grpc-status-details-bin', encode('Status', { code, message, details }));
  return metadata;
}

function encode(type: string, message: object): Buffer {
  const encoded = root.lookupType(type).encode(message).finish();
  return Buffer.from(encoded);
}
