import { createServer, type Http2Server } from 'node:http2';
import type protobuf from 'protobufjs';
import { type Codec, codecOf } from '../protocol/services.js';
import { PubSubError, toPubSubError } from '../protocol/status.js';
import { status } from '../protocol/status-codes.js';
import { type CallOptions, GrpcCall } from './call.js';
import { Receipts } from './receipts.js';
import type { Service, StreamingMethod, UnaryMethod } from './service.js';

/** In bytes: what a client may send before the server has read it. */
const WINDOW = 1_000_000;

/**
 * How many calls a client may cancel, at once and then for each second. Node's own limit, 1,000 and
 * 33, protects servers from attacks, and would disconnect clients whose pulls have short deadlines.
 * Node 20 has no option for it.
 */
const CANCELLATIONS = { streamResetBurst: 1_000_000, streamResetRate: 1_000_000 };

export interface GrpcOptions extends CallOptions {
  readonly services: readonly (readonly [protobuf.Service, Service])[];
}

/**
 * Creates a server for gRPC, without TLS. It does not listen.
 *
 * The server of `@grpc/grpc-js` takes twice the processor time for a call, and does not tell when a
 * response has been sent, which publishing has to know.
 */
export function createGrpcServer({ services, ...options }: GrpcOptions): Http2Server {
  const methods = new Map(
    services.flatMap(([service, implementation]) =>
      service.methodsArray.map((method) => {
        const codec = codecOf(method);
        return [`/${codec.path}`, { codec, handle: implementation[method.name] }];
      }),
    ),
  );
  const server = createServer({
    ...CANCELLATIONS,
    settings: { initialWindowSize: WINDOW },
    maxSessionMemory: Number.MAX_SAFE_INTEGER, // else a busy connection gets no more calls
  });
  server.on('session', (session) => {
    session.setLocalWindowSize(WINDOW);
    const receipts = new Receipts(session);
    session.on('stream', (stream, headers) => {
      if (stream.closed) return; // the client has cancelled it already
      stream.on('error', () => {}); // it also closes, which cancels the call
      if (!headers['content-type']?.startsWith('application/grpc')) {
        stream.respond({ ':status': 415 }, { endStream: true });
        return;
      }
      const path = headers[':path'] ?? '';
      const { codec = unknown(path), handle } = methods.get(path) ?? {};
      const call = new GrpcCall(stream, headers, codec, receipts, options);
      if (!handle) call.end(new PubSubError(status.UNIMPLEMENTED, `Unknown method: ${path}`));
      else if (codec.isStreaming) (handle as StreamingMethod)(call);
      else serveUnary(call, handle as UnaryMethod);
    });
  });
  return server;
}

function unknown(path: string): Codec {
  return {
    path: path.slice(1),
    isStreaming: false,
    decodeRequest: (bytes) => bytes,
    encodeResponse: () => Buffer.alloc(0),
  };
}

function serveUnary(call: GrpcCall, handle: UnaryMethod): void {
  const requests: never[] = [];
  call.on('request', (request) => requests.push(request));
  call.on('end', async () => {
    try {
      const [request] = requests;
      if (!request || requests.length > 1) {
        throw new PubSubError(status.UNIMPLEMENTED, 'This method takes exactly one request.');
      }
      call.write((await handle(request, call)) ?? {});
      call.end();
    } catch (error) {
      call.end(toPubSubError(error));
    }
  });
}
