import type { StreamingPullRequest, StreamingPullResponse } from '../protocol/messages.js';
import { invalidArgument, type PubSubError, toPubSubError } from '../protocol/status.js';
import { checkAckDeadline } from '../subscriptions/ack-deadline.js';
import type { Lease, LeaseHolder } from '../subscriptions/lease.js';
import type { Consumer, Subscription } from '../subscriptions/subscription.js';
import { toConfirmation } from './ack-results.js';
import type { StreamingCall } from './service.js';

type Call = StreamingCall<StreamingPullRequest, StreamingPullResponse>;

/**
 * Bounds of the messages in one response. Few messages all go to one stream, as they do in the
 * service. The Node client stops for 100 ms once it has 1,000 messages, until it acknowledges them:
 * it gets nearly twice as many by then if one response leaves it just below.
 */
const MIN_SHARE = 100;
const MAX_SHARE = 900;
const MAX_RESPONSE_BYTES = 1_000_000;

/**
 * Serves a streaming pull. The first request names the subscription, which `find` looks up, and
 * sets the limits; later requests acknowledge, modify deadlines, or are empty and only keep the
 * stream alive. When a stream breaks, its messages stay leased until their deadlines.
 */
export function serveStreamingPull(call: Call, find: (name: string) => Subscription): void {
  let stream: MessageStream | undefined;
  let hasFailed = false;
  call.on('request', (request) => {
    if (hasFailed) return; // requests that had already been sent
    try {
      if (stream) {
        checkLaterRequest(request);
        stream.handle(request);
        stream.keepAlive(request);
      } else {
        stream = new MessageStream(call, find(request.subscription), request);
        stream.open(request);
      }
    } catch (error) {
      hasFailed = true;
      stream?.close();
      call.end(toPubSubError(error));
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
  readonly #confirmsKeepAlives: boolean;
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
    this.#confirmsKeepAlives = first.protocolVersion >= 1;
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
    const ackFailures = this.#subscription.acknowledge(ackIds);
    const deadlineFailures = this.#subscription.modifyAckDeadlines(
      modifyDeadlineAckIds.map((ackId, index) => [ackId, modifyDeadlineSeconds[index] ?? 0]),
    );
    if (!this.#subscription.config.enableExactlyOnceDelivery) return;
    if (ackIds.length + modifyDeadlineAckIds.length === 0) return;
    this.#send({
      receivedMessages: [],
      acknowledgeConfirmation: toConfirmation(ackIds, ackFailures),
      modifyAckDeadlineConfirmation: toConfirmation(modifyDeadlineAckIds, deadlineFailures),
    });
  }

  /**
   * Responds to an empty request, so that the client knows that the stream is alive. Clients that
   * expect it declare version 1 of the protocol: without a response, they open a new stream.
   */
  keepAlive({
    ackIds,
    modifyDeadlineAckIds,
    streamAckDeadlineSeconds,
  }: StreamingPullRequest): void {
    const isEmpty = ackIds.length + modifyDeadlineAckIds.length + streamAckDeadlineSeconds === 0;
    if (isEmpty && this.#confirmsKeepAlives) this.#call.write({ receivedMessages: [] });
  }

  close(): void {
    this.#subscription.removeConsumer(this);
  }

  take(): boolean {
    const maxMessages = this.#maxOutstandingMessages - this.#outstandingMessages;
    const maxBytes = this.#maxOutstandingBytes - this.#outstandingBytes;
    if (this.#isBlocked || maxMessages <= 0 || maxBytes <= 0) return false;
    const share = Math.max(MIN_SHARE, Math.min(this.#subscription.fairShare, MAX_SHARE));
    const receivedMessages = this.#subscription.leaseBatch(
      {
        maxMessages: Math.min(maxMessages, share),
        maxBytes: Math.min(maxBytes, MAX_RESPONSE_BYTES),
      },
      this.#ackDeadline,
      this,
    );
    if (receivedMessages.length === 0) return false;
    this.#send({ receivedMessages });
    return true;
  }

  #send(response: StreamingPullResponse): void {
    const { enableExactlyOnceDelivery, enableMessageOrdering } = this.#subscription.config;
    const subscriptionProperties = {
      exactlyOnceDeliveryEnabled: enableExactlyOnceDelivery,
      messageOrderingEnabled: enableMessageOrdering,
    };
    this.#isBlocked = !this.#call.write({ ...response, subscriptionProperties });
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
    this.#call.end(reason);
  }
}

/**
 * What only the first request may set:
 * https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#streamingpullrequest
 *
 * @throws {PubSubError} INVALID_ARGUMENT
 */
function checkLaterRequest(request: StreamingPullRequest): void {
  const { subscription, maxOutstandingMessages, maxOutstandingBytes, protocolVersion } = request;
  const wrong = Object.entries({
    subscription: subscription !== '',
    max_outstanding_messages: maxOutstandingMessages !== 0,
    max_outstanding_bytes: maxOutstandingBytes !== 0,
    protocol_version: protocolVersion !== 0,
  }).find(([, isSet]) => isSet);
  if (wrong) throw invalidArgument(`Only the first request of a stream may set ${wrong[0]}.`);
}

/** As documented, a limit of 0 or less means no limit. */
function unlimitedUnlessPositive(limit: number): number {
  return limit > 0 ? limit : Number.POSITIVE_INFINITY;
}
