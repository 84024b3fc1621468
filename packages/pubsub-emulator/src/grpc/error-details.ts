import type { OutgoingHttpHeaders } from 'node:http2';
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

/** The trailers that describe an error to gRPC clients, besides its code. */
export function toTrailers({ code, message, info }: PubSubError): OutgoingHttpHeaders {
  // A lone surrogate cannot be encoded.
  const trailers = { 'grpc-message': encodeURI(Buffer.from(message).toString()) };
  if (!info) return trailers;
  const value = encode('ErrorInfo', info);
  const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value }];
  const encoded = encode('Status', { code, message, details });
  return { ...trailers, 'grpc-status-details-bin': encoded.toString('base64') };
}

function encode(type: string, message: object): Buffer {
  const encoded = root.lookupType(type).encode(message).finish();
  return Buffer.from(encoded);
}
