import type { Clock } from 'iex-cli/clock';
import type * as pb from '../protocol/messages.js';
import { failedPrecondition, invalidArgument, type PubSubError } from '../protocol/status.js';
import { checkDeadlineExtension } from './ack-deadline.js';
import { type Filter, matches } from './filter.js';
import { parseFilter } from './filter-parser.js';
import type { AckOutcome, LeaseHolder, StoredMessage } from './lease.js';
import { MessageQueue, type QueueListener } from './message-queue.js';
import { toQueuePolicy } from './queue-policy.js';

/** Takes messages from a subscription: a waiting pull, an open stream or the push delivery. */
export interface Consumer {
  /**
   * Leases a batch, if there is room for one. Must not wait.
   *
   * @returns false if it took nothing
   */
  take(): boolean;
  /** There will be no more messages for it. */
  end(reason: PubSubError): void;
}

/**
 * The push delivery of one subscription, which consumes as long as the subscription has an
 * endpoint.
 */
export interface PushDelivery extends Consumer {
  /** Ends a backoff, because the endpoint may be another one now. */
  resume(): void;
  /** Aborts the pushes that are waiting for their response, and sends no more. */
  close(): void;
}

/** Creates the push delivery of a subscription. */
export type CreatePushDelivery = (subscription: Subscription) => PushDelivery;

export interface BatchLimits {
  maxMessages: number;
  /** In bytes. The message that passes this limit is the last one of the batch. */
  maxBytes: number;
}

type AckFailure = Exclude<AckOutcome, 'success'>;

/** The ack ids of a request that had no effect, and why. */
export type AckFailures = ReadonlyMap<string, AckFailure>;

/** A subscription: its configuration, its queue, and its consumers, which take turns. */
export class Subscription {
  readonly queue: MessageQueue;
  readonly #filter: Filter | undefined;
  readonly #consumers = new Set<Consumer>();
  readonly #push: PushDelivery;
  #config: pb.Subscription;

  constructor(
    config: pb.Subscription,
    clock: Clock,
    createPushDelivery: CreatePushDelivery,
    onDeadLetter: QueueListener['onDeadLetter'],
  ) {
    this.#config = config;
    this.#filter = config.filter ? parseFilter(config.filter) : undefined;
    this.queue = new MessageQueue(clock, config.name, toQueuePolicy(config), {
      onRedeliverable: () => this.deliver(),
      onDeadLetter,
    });
    this.#push = createPushDelivery(this);
    if (this.isPush) this.#consumers.add(this.#push);
  }

  get config(): pb.Subscription {
    return this.#config;
  }

  get isPush(): boolean {
    return !!this.#config.pushConfig?.pushEndpoint;
  }

  /**
   * Takes over a checked configuration. Becoming a push subscription, or ceasing to be one, ends
   * all consumers.
   */
  configure(config: pb.Subscription): void {
    const wasPush = this.isPush;
    this.#config = config;
    this.queue.policy = toQueuePolicy(config);
    if (this.isPush !== wasPush) {
      this.#endConsumers(failedPrecondition('The subscription has changed between pull and push.'));
      if (this.isPush) this.#consumers.add(this.#push);
    }
    this.#push.resume();
    this.deliver();
  }

  addConsumer(consumer: Consumer): void {
    this.#consumers.add(consumer);
    this.deliver();
  }

  removeConsumer(consumer: Consumer): void {
    this.#consumers.delete(consumer);
  }

  /** Takes the published messages that match the filter; the others count as acknowledged. */
  enqueue(messages: readonly StoredMessage[]): void {
    for (const stored of messages) if (this.#matches(stored)) this.queue.enqueue(stored);
  }

  /**
   * Decides anew which messages are acknowledged, of those that it holds and of `others`, which are
   * of the same topic. All leases end.
   */
  seek(isAcknowledged: (stored: StoredMessage) => boolean, others: StoredMessage[]): void {
    this.queue.seek(
      isAcknowledged,
      others.filter((stored) => this.#matches(stored)),
    );
    this.deliver();
  }

  /** Lets the consumers take what is ready, in turns, until nothing is left or none has room. */
  deliver(): void {
    let refusals = 0;
    while (this.queue.hasReady && refusals < this.#consumers.size) {
      const [next] = this.#consumers;
      if (!next) return;
      this.#consumers.delete(next);
      this.#consumers.add(next); // at the end of the line
      refusals = next.take() ? 0 : refusals + 1;
    }
  }

  /** The number of messages that each consumer gets if they share all that are ready. */
  get fairShare(): number {
    return Math.ceil(this.queue.readyCount / this.#consumers.size);
  }

  /**
   * Ack ids whose lease has ended are ignored, except with exactly-once delivery.
   *
   * @returns empty without exactly-once delivery
   * @throws {PubSubError} INVALID_ARGUMENT without exactly-once delivery if any of them is not an
   *   ack id of this subscription; then none is acknowledged
   */
  acknowledge(ackIds: readonly string[]): AckFailures {
    this.#checkAckIds(ackIds);
    const failures = new Map<string, AckFailure>();
    for (const ackId of new Set(ackIds)) {
      const outcome = this.queue.acknowledge(ackId);
      if (outcome !== 'success') failures.set(ackId, outcome);
    }
    this.deliver(); // flow control has room again
    return this.#reported(failures);
  }

  /**
   * Sets the deadline of each lease to as many s from now, 0 to 600; 0 is a nack. Ack ids whose
   * lease has ended are ignored, except with exactly-once delivery.
   *
   * @returns empty without exactly-once delivery
   * @throws {PubSubError} INVALID_ARGUMENT if a deadline is out of range, or, without exactly-once
   *   delivery, an ack id is not one of this subscription; then nothing changes
   */
  modifyAckDeadlines(deadlines: readonly [ackId: string, seconds: number][]): AckFailures {
    this.#checkAckIds(deadlines.map(([ackId]) => ackId));
    for (const [, seconds] of deadlines) checkDeadlineExtension(seconds);
    const failures = new Map<string, AckFailure>();
    // The last one of an ordering key first: a nack withdraws the later messages of its key.
    const inTurn = this.#config.enableMessageOrdering ? [...deadlines].reverse() : deadlines;
    for (const [ackId, seconds] of inTurn) {
      const outcome = this.queue.modifyAckDeadline(ackId, seconds);
      if (outcome !== 'success') failures.set(ackId, outcome);
    }
    this.deliver();
    return this.#reported(failures);
  }

  /** Leases up to a batch of messages for `ackDeadline` s. */
  leaseBatch(limits: BatchLimits, ackDeadline: number, holder?: LeaseHolder): pb.ReceivedMessage[] {
    const batch: pb.ReceivedMessage[] = [];
    let bytes = 0;
    while (batch.length < limits.maxMessages && bytes < limits.maxBytes) {
      const lease = this.queue.lease(ackDeadline, holder);
      if (!lease) break;
      bytes += lease.stored.size;
      batch.push({
        ackId: lease.ackId,
        message: lease.stored.message,
        // As documented, 0 without a dead-letter policy.
        deliveryAttempt: this.#config.deadLetterPolicy ? lease.deliveryAttempt : 0,
      });
    }
    return batch;
  }

  /** It gets no more messages, for good, and forgets those that it has. */
  detach(): void {
    this.#config = { ...this.#config, detached: true };
    this.close(detachedError());
  }

  /** Ends all deliveries and forgets all messages; consumers get `reason`. */
  close(reason: PubSubError): void {
    this.#endConsumers(reason);
    this.#push.close();
    this.queue.clear();
  }

  #matches({ message }: StoredMessage): boolean {
    return !this.#filter || matches(this.#filter, message.attributes);
  }

  #checkAckIds(ackIds: readonly string[]): void {
    if (this.#config.enableExactlyOnceDelivery) return; // then each has an outcome of its own
    const wrong = ackIds.find((ackId) => !this.queue.isAckId(ackId));
    if (wrong !== undefined) {
      throw invalidArgument(`You have passed an invalid ack ID to the service (ack_id=${wrong}).`);
    }
  }

  #reported(failures: AckFailures): AckFailures {
    return this.#config.enableExactlyOnceDelivery ? failures : new Map();
  }

  #endConsumers(reason: PubSubError): void {
    const consumers = [...this.#consumers];
    this.#consumers.clear();
    for (const consumer of consumers) consumer.end(reason);
  }
}

/** FAILED_PRECONDITION: the subscription is detached from its topic. */
export function detachedError(): PubSubError {
  return failedPrecondition('The subscription is detached from its topic.');
}
