import type { Clock } from 'iex-cli/clock';
import type { ReceivedMessage, Subscription as SubscriptionConfig } from '../protocol/messages.js';
import { failedPrecondition, invalidArgument, type PubSubError } from '../protocol/status.js';
import { checkDeadlineExtension } from './ack-deadline.js';
import { isAckId, type LeaseHolder, MessageQueue, type QueueListener } from './message-queue.js';
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

/** A subscription: its configuration, its queue, and its consumers, which take turns. */
export class Subscription {
  readonly queue: MessageQueue;
  readonly #consumers = new Set<Consumer>();
  readonly #push: PushDelivery;
  #config: SubscriptionConfig;

  constructor(
    config: SubscriptionConfig,
    clock: Clock,
    createPushDelivery: CreatePushDelivery,
    onDeadLetter: QueueListener['onDeadLetter'],
  ) {
    this.#config = config;
    this.queue = new MessageQueue(clock, toQueuePolicy(config), {
      onRedeliverable: () => this.deliver(),
      onDeadLetter,
    });
    this.#push = createPushDelivery(this);
    if (this.isPush) this.#consumers.add(this.#push);
  }

  get config(): SubscriptionConfig {
    return this.#config;
  }

  get isPush(): boolean {
    return !!this.#config.pushConfig?.pushEndpoint;
  }

  /**
   * Takes over a checked configuration. Becoming a push subscription, or ceasing to be one, ends
   * all consumers.
   */
  configure(config: SubscriptionConfig): void {
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

  /** Lets the consumers take what is ready, in turns, until nothing is left or none has room. */
  deliver(): void {
    let refusals = 0;
    while (this.queue.readyCount > 0 && refusals < this.#consumers.size) {
      const [next] = this.#consumers;
      if (!next) return;
      this.#consumers.delete(next);
      this.#consumers.add(next); // at the end of the line
      refusals = next.take() ? 0 : refusals + 1;
    }
  }

  /**
   * Ack ids whose lease has ended are ignored.
   *
   * @throws {PubSubError} INVALID_ARGUMENT if any of them is not an ack id; then none is
   *   acknowledged
   */
  acknowledge(ackIds: string[]): void {
    ackIds.forEach(checkAckId);
    for (const ackId of ackIds) this.queue.acknowledge(ackId);
    this.deliver(); // flow control has room again
  }

  /**
   * Sets the deadline of each lease to as many s from now, 0 to 600; 0 is a nack. Ack ids whose
   * lease has ended are ignored.
   *
   * @throws {PubSubError} INVALID_ARGUMENT if a deadline is out of range or an ack id is not one;
   *   then nothing changes
   */
  modifyAckDeadlines(deadlines: [ackId: string, seconds: number][]): void {
    for (const [ackId, seconds] of deadlines) {
      checkAckId(ackId);
      checkDeadlineExtension(seconds);
    }
    for (const [ackId, seconds] of deadlines) this.queue.modifyAckDeadline(ackId, seconds);
    this.deliver();
  }

  /** Leases up to a batch of messages for `ackDeadline` s. */
  leaseBatch(limits: BatchLimits, ackDeadline: number, holder?: LeaseHolder): ReceivedMessage[] {
    const batch: ReceivedMessage[] = [];
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

  /** Ends all deliveries and forgets all messages; consumers get `reason`. */
  close(reason: PubSubError): void {
    this.#endConsumers(reason);
    this.#push.close();
    this.queue.clear();
  }

  #endConsumers(reason: PubSubError): void {
    const consumers = [...this.#consumers];
    this.#consumers.clear();
    for (const consumer of consumers) consumer.end(reason);
  }
}

function checkAckId(ackId: string): void {
  if (!isAckId(ackId)) {
    throw invalidArgument(`You have passed an invalid ack ID to the service (ack_id=${ackId}).`);
  }
}
