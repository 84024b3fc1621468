import type { Clock } from 'iex-cli/clock';
import { isAckId, type LeaseHolder, MessageQueue, type QueueListener } from './message-queue.js';
import type { ReceivedMessage, Subscription as SubscriptionConfig } from './protocol.js';
import type { PushTransport } from './push-transport.js';
import { Pusher } from './pusher.js';
import { failedPrecondition, invalidArgument, type PubSubError } from './status.js';
import { checkDeadlineExtension, toQueuePolicy } from './subscription-config.js';

/** Who takes messages from a subscription: a waiting pull, an open stream or the push delivery. */
export interface Consumer {
  /** Leases a batch, if there is room for one; false when it took nothing. Must not wait. */
  take(): boolean;
  /** There will be no more messages for it. */
  end(reason: PubSubError): void;
}

export interface BatchLimits {
  maxMessages: number;
  /** In bytes. The message that passes this limit is the last one of the batch. */
  maxBytes: number;
}

/** A subscription: its configuration, its queue, and those who consume from it, in turns. */
export class Subscription {
  readonly queue: MessageQueue;
  readonly #consumers = new Set<Consumer>();
  readonly #pusher: Pusher;
  #config: SubscriptionConfig;

  constructor(
    config: SubscriptionConfig,
    clock: Clock,
    transport: PushTransport,
    onDeadLetter: QueueListener['onDeadLetter'],
  ) {
    this.#config = config;
    this.queue = new MessageQueue(clock, toQueuePolicy(config), {
      onRedeliverable: () => this.deliver(),
      onDeadLetter,
    });
    this.#pusher = new Pusher(this, clock, transport);
    if (this.isPush) this.#consumers.add(this.#pusher);
  }

  get config(): SubscriptionConfig {
    return this.#config;
  }

  get isPush(): boolean {
    return !!this.#config.pushConfig?.pushEndpoint;
  }

  /**
   * Takes over a checked configuration. Becoming a push subscription, or ceasing to be one, ends all
   * consumers.
   */
  configure(config: SubscriptionConfig): void {
    const wasPush = this.isPush;
    this.#config = config;
    this.queue.policy = toQueuePolicy(config);
    if (this.isPush !== wasPush) {
      this.#endConsumers(failedPrecondition('The subscription has changed between pull and push.'));
      if (this.isPush) this.#consumers.add(this.#pusher);
    }
    this.#pusher.resume();
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

  /** Throws INVALID_ARGUMENT if any of the ack ids is not one; those whose lease has ended are ignored. */
  acknowledge(ackIds: string[]): void {
    ackIds.forEach(checkAckId);
    for (const ackId of ackIds) this.queue.acknowledge(ackId);
    this.deliver(); // flow control has room again
  }

  /**
   * Sets the deadline of each lease to as many s from now, 0 to 600; 0 is a nack. Throws INVALID_ARGUMENT if a
   * deadline is out of range or an ack id is not one; ack ids whose lease has ended are ignored.
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

  /** Ends all deliveries and forgets all messages; consumers are told `reason`. */
  close(reason: PubSubError): void {
    this.#endConsumers(reason);
    this.#pusher.close();
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
