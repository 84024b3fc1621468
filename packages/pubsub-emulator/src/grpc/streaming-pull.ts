import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { StreamingPullRequest, StreamingPullResponse } from '../protocol/messages.js';
import { invalidArgument, type PubSubError, toPubSubError } from '../protocol/status.js';
import { checkAckDeadline } from '../subscriptions/ack-deadline.js';
import type { Lease, LeaseHolder } from '../subscriptions/message-queue.js';
import type { Consumer, Subscription } from '../subscriptions/subscription.js';

type Call = ServerDuplexStream<StreamingPullRequest, StreamingPullResponse>;

/** Bounds of one response: small enough that the streams of a client share the messages evenly. */
const RESPONSE_LIMITS = { maxMessages: 100, maxBytes: 1_000_000 };

/**
 * Serves a streaming pull. The first request names the subscription, which `find` looks up; later
 * requests acknowledge, modify deadlines, or are empty and only keep the stream alive. When a
 * stream breaks, its messages stay leased until their deadlines.
 */
export function serveStreamingPull(call: Call, find: (name: string) => Subscription): void {
  let stream: MessageStream | undefined;
  let hasFailed = false;
  call.on('data', (request: StreamingPullRequest) => {
    if (hasFailed) return; // requests that had already been sent
    try {
      if (stream) {
        stream.handle(request);
      } else {
        stream = new MessageStream(call, find(request.subscription), request);
        stream.open(request);
      }
    } catch (error) {
      hasFailed = true;
      stream?.close();
      call.emit('error', toPubSubError(error));
    }
  });
  call.on('end', () => {
    stream?.close();
    call.end();
  });
  call.on('cancelled', () => stream?.close());
}

/** An open stream, which takes as many messages as its flow control allows. */
class MessageStream implements Consumer, LeaseHolder {
  readonly #call: Call;
  readonly #subscription: Subscription;
  readonly #maxOutstandingMessages: number;
  readonly #maxOutstandingBytes: number;
  /** In s. */
  #ackDeadline: number;
  #outstandingMessages = 0;
  #outstandingBytes = 0;
  /** The client reads more slowly than messages are sent to it. */
  #isBlocked = false;

  constructor(call: Call, subscription: Subscription, first: StreamingPullRequest) {
    if (first.streamAckDeadlineSeconds === 0) {
      throw invalidArgument('The first request of a stream must set stream_ack_deadline_seconds.');
    }
    this.#call = call;
    this.#subscription = subscription;
    this.#ackDeadline = checkAckDeadline(first.streamAckDeadlineSeconds);
    this.#maxOutstandingMessages = unlimitedUnlessPositive(first.maxOutstandingMessages);
    this.#maxOutstandingBytes = unlimitedUnlessPositive(first.maxOutstandingBytes);
  }

  open(first: StreamingPullRequest): void {
    this.#call.on('drain', () => {
      this.#isBlocked = false;
      this.#subscription.deliver();
    });
    this.#subscription.addConsumer(this);
    this.handle(first);
  }

  handle(request: StreamingPullRequest): void {
    const { ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds } = request;
    if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
      throw invalidArgument(
        'modify_deadline_ack_ids and modify_deadline_seconds must have the same length.',
      );
    }
    if (request.streamAckDeadlineSeconds !== 0) {
      this.#ackDeadline = checkAckDeadline(request.streamAckDeadlineSeconds);
    }
    this.#subscription.acknowledge(ackIds);
    this.#subscription.modifyAckDeadlines(
      modifyDeadlineAckIds.map((ackId, index) => [ackId, modifyDeadlineSeconds[index] ?? 0]),
    );
  }

  close(): void {
    this.#subscription.removeConsumer(this);
  }

  take(): boolean {
    const maxMessages = this.#maxOutstandingMessages - this.#outstandingMessages;
    const maxBytes = this.#maxOutstandingBytes - this.#outstandingBytes;
    if (this.#isBlocked || maxMessages <= 0 || maxBytes <= 0) return false;
    const receivedMessages = this.#subscription.leaseBatch(
      {
        maxMessages: Math.min(maxMessages, RESPONSE_LIMITS.maxMessages),
        maxBytes: Math.min(maxBytes, RESPONSE_LIMITS.maxBytes),
      },
      this.#ackDeadline,
      this,
    );
    if (receivedMessages.length === 0) return false;
    this.#isBlocked = !this.#call.write({ receivedMessages });
    return true;
  }

  leaseStarted({ stored }: Lease): void {
    this.#outstandingMessages += 1;
    this.#outstandingBytes += stored.size;
  }

  leaseEnded({ stored }: Lease): void {
    this.#outstandingMessages -= 1;
    this.#outstandingBytes -= stored.size;
  }

  end(reason: PubSubError): void {
    this.#call.emit('error', reason);
  }
}

/** As documented, a limit of 0 or less means no limit. */
function unlimitedUnlessPositive(limit: number): number {
  return limit > 0 ? limit : Number.POSITIVE_INFINITY;
}
