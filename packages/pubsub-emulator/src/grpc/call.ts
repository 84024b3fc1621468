import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Codec } from '../protocol/services.js';
import { PubSubError, toPubSubError } from '../protocol/status.js';
import { status, statusName } from '../protocol/status-codes.js';
import { toTrailers } from './error-details.js';
import { ENCODINGS, MessageReader, withPrefix } from './message-reader.js';
import type { Receipts } from './receipts.js';
import type { Call, StreamingCall } from './service.js';

/**
 * In bytes: a client gets no more messages while this many wait to be sent to it. Node's own limit,
 * 16 KiB, is less than one response.
 */
const MAX_UNSENT = 1_000_000;

const HEADERS = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': ENCODINGS,
};

/** In ms: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests */
const TIMEOUT_UNITS = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };
/** In ms, about 24 days: `setTimeout` fires at once for more. */
const MAX_TIMEOUT = 2 ** 31 - 1;

interface Events {
  request: [request: never];
  end: [];
  drain: [];
  cancelled: [];
  close: [];
}

export interface CallOptions {
  /** The most bytes that a request may have. */
  readonly maxBytes: number;
  /** Gets a line when a call has ended: `gRPC google.pubsub.v1.Publisher/Publish OK`. */
  readonly log: ((line: string) => void) | undefined;
}

/** One call of a method, on an HTTP/2 stream of its own. */
export class GrpcCall extends EventEmitter<Events> implements Call, StreamingCall<never, object> {
  cancelled = false;
  readonly #stream: ServerHttp2Stream;
  readonly #codec: Codec;
  readonly #receipts: Receipts;
  readonly #log: CallOptions['log'];
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    codec: Codec,
    receipts: Receipts,
    { maxBytes, log }: CallOptions,
  ) {
    super();
    this.#stream = stream;
    this.#codec = codec;
    this.#receipts = receipts;
    this.#log = log;
    const reader = new MessageReader(String(headers['grpc-encoding'] ?? 'identity'), maxBytes);
    stream.on('data', (chunk: Buffer) => this.#receive(reader, chunk));
    stream.once('end', () => this.emit('end'));
    stream.on('drain', () => this.emit('drain'));
    stream.once('close', () => {
      this.#cancel();
      this.emit('close');
    });
    this.#setDeadline(headers['grpc-timeout']);
  }

  onceSent(callback: () => void): void {
    this.once('close', callback);
  }

  onceReceived(callback: () => void): void {
    this.#receipts.onceReceived(callback);
  }

  write(response: object): boolean {
    const stream = this.#stream;
    if (this.#hasEnded || stream.closed) return false;
    const bytes = withPrefix(this.#codec.encodeResponse(response));
    if (!stream.headersSent) stream.respond(HEADERS, { waitForTrailers: true });
    stream.write(bytes);
    return stream.writableLength < MAX_UNSENT;
  }

  end(error?: PubSubError): void {
    if (this.#hasEnded || this.#stream.closed) return;
    this.#finish();
    const code = error?.code ?? status.OK;
    const trailers = { 'grpc-status': code, ...(error && toTrailers(error)) };
    if (this.#stream.headersSent) {
      this.#stream.once('wantTrailers', () => this.#stream.sendTrailers(trailers));
      this.#stream.end();
    } else {
      this.#stream.respond({ ...HEADERS, ...trailers }, { endStream: true });
    }
    this.#log?.(`gRPC ${this.#codec.path} ${statusName(code)}${error ? `: ${error.message}` : ''}`);
  }

  #receive(reader: MessageReader, chunk: Buffer): void {
    try {
      // Reads no more once the call has ended, but takes what the client still sends.
      for (const message of this.#hasEnded ? [] : reader.read(chunk)) {
        this.emit('request', this.#decode(message) as never);
      }
    } catch (error) {
      this.#fail(toPubSubError(error));
    }
  }

  #decode(message: Buffer): object {
    try {
      return this.#codec.decodeRequest(message);
    } catch (cause) {
      throw new PubSubError(status.INTERNAL, 'The request cannot be deserialized.', { cause });
    }
  }

  #setDeadline(timeout: string | string[] | undefined): void {
    if (timeout === undefined) return;
    const [, value, unit] = /^(\d{1,8})([HMSmun])$/.exec(String(timeout)) ?? [];
    if (!value) {
      this.#fail(new PubSubError(status.INTERNAL, `Invalid grpc-timeout "${timeout}".`));
      return;
    }
    const millis = Number(value) * TIMEOUT_UNITS[unit as keyof typeof TIMEOUT_UNITS];
    const error = new PubSubError(status.DEADLINE_EXCEEDED, 'The deadline has passed.');
    this.#timer = setTimeout(() => this.#fail(error), Math.min(millis, MAX_TIMEOUT));
  }

  /** Ends a call whose method is still at work. */
  #fail(error: PubSubError): void {
    if (this.#hasEnded) return;
    this.end(error);
    this.cancelled = true;
    this.emit('cancelled');
  }

  #cancel(): void {
    if (this.#hasEnded) return;
    this.#finish();
    this.#log?.(`gRPC ${this.#codec.path} ${statusName(status.CANCELLED)} by the client`);
    this.cancelled = true;
    this.emit('cancelled');
  }

  #finish(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
  }
}
