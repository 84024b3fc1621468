import { createServer, type Server, type Socket } from 'node:net';

/** What every HTTP/2 connection begins with: https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Who takes a connection of which nothing has been read. */
export interface Protocols {
  http1(socket: Socket): void;
  http2(socket: Socket): void;
}

/** A server, not listening, that serves both protocols on one port: the first bytes of a connection tell which it is. */
export function createSharedPort(protocols: Protocols): Server {
  return createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {}); // a client that goes before its protocol is known is nobody's trouble
    let start: Buffer = Buffer.alloc(0);
    const look = () => {
      const chunk: Buffer | null = socket.read();
      if (!chunk) return;
      start = Buffer.concat([start, chunk]);
      const isHttp2 = startsLikeHttp2(start);
      if (isHttp2 && start.length < HTTP2_PREFACE.length) return;
      socket.off('readable', look);
      socket.unshift(start);
      if (isHttp2) protocols.http2(socket);
      else protocols.http1(socket);
    };
    socket.on('readable', look);
  });
}

function startsLikeHttp2(start: Buffer): boolean {
  const length = Math.min(start.length, HTTP2_PREFACE.length);
  return start.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length));
}
