import type { Clock } from 'iex-cli/clock';
import { Deadlines } from './deadlines.js';
import { Fifo } from './fifo.js';
import type { AckOutcome, Lease, LeaseEnd, LeaseHolder, StoredMessage } from './lease.js';
import { Leases } from './leases.js';
import { type OrderedEntry, OrderedMessages } from './ordered-messages.js';
import { backoffAfter, type QueuePolicy } from './queue-policy.js';

export interface QueueListener {
  /** Called when a deadline or a backoff has passed and messages can be leased again. */
  onRedeliverable(): void;
  /**
   * Takes over a dead letter.
   *
   * @returns false if it cannot; the message is then redelivered
   */
  onDeadLetter(stored: StoredMessage, deliveryAttempt: number): boolean;
}

/** A message that is ready, or waits for its retry backoff. */
interface Entry {
  readonly stored: StoredMessage;
  readonly deliveryAttempt: number;
}

interface QueueLease extends Lease {
  /** Only of a message with an ordering key. */
  readonly ordered: OrderedEntry | undefined;
}

/**
 * The messages of one subscription that are not acknowledged yet: ready to be delivered, leased, or
 * waiting for their retry backoff; and those that are retained after they were acknowledged. No
 * operation scans them, except for a seek; each takes amortised O(1).
 */
export class MessageQueue {
  readonly #clock: Clock;
  readonly #listener: QueueListener;
  readonly #ready = new Fifo<Entry>();
  readonly #ordered = new OrderedMessages((stored) => this.#isExpired(stored));
  readonly #leases: Leases<QueueLease>;
  readonly #backoffs: Deadlines<Entry | OrderedEntry>;
  readonly #acknowledged = new Fifo<StoredMessage>();
  #policy: QueuePolicy;
  /** Whose turn it is, so that neither kind of message waits for the other. */
  #isTurnOfOrdered = false;

  /** @param subscriptionName the full name, which is part of the ack ids */
  constructor(
    clock: Clock,
    subscriptionName: string,
    policy: QueuePolicy,
    listener: QueueListener,
  ) {
    this.#policy = policy;
    this.#clock = clock;
    this.#listener = listener;
    this.#leases = new Leases(clock, subscriptionName, (leases) => this.#expire(leases));
    this.#backoffs = new Deadlines(clock, (entries) => {
      for (const entry of entries) this.#endBackoff(entry);
      listener.onRedeliverable();
    });
  }

  set policy(policy: QueuePolicy) {
    this.#policy = policy;
    if (!policy.retainsAcknowledged) this.#acknowledged.clear();
  }

  /** Whether a message can be leased now; it may turn out to be past its retention. */
  get hasReady(): boolean {
    return this.#ready.size > 0 || this.#ordered.hasReady;
  }

  /** Messages without an ordering key that can be leased now. */
  get readyCount(): number {
    return this.#ready.size;
  }

  get leasedCount(): number {
    return this.#leases.size;
  }

  /** Whether `text` can be, or can have been, an ack id of this queue. */
  isAckId(text: string): boolean {
    return this.#leases.isAckId(text);
  }

  enqueue(stored: StoredMessage): void {
    if (this.#policy.isOrdered && stored.message.orderingKey) {
      this.#ordered.add(stored);
      return;
    }
    // Old messages must not accumulate if nobody pulls, and only new messages can make that a
    // problem.
    this.#ready.shiftWhile((oldest) => this.#isExpired(oldest.stored));
    this.#ready.push({ stored, deliveryAttempt: 0 });
  }

  /**
   * Leases the next message.
   *
   * @param ackDeadline in s
   * @param holder is notified when the lease starts and how it ends
   * @returns undefined if no message is ready
   */
  lease(ackDeadline: number, holder?: LeaseHolder): Lease | undefined {
    const lease = this.#takeNext(holder);
    if (lease) this.#leases.start(lease, ackDeadline);
    return lease;
  }

  /** Removes a leased message for good, unless acknowledged messages are retained. */
  acknowledge(ackId: string): AckOutcome {
    const lease = this.#leases.find(ackId);
    if (!lease) return 'invalid';
    const { ordered, stored } = lease;
    if (ordered && this.#policy.isExactlyOnce && !this.#ordered.isFirst(ordered))
      return 'unordered';
    if (ordered) this.#ordered.settle(ordered);
    this.#retain(stored);
    this.#leases.end(lease, 'acknowledged');
    return 'success';
  }

  /** Lets the lease end `ackDeadline` s from now; 0 gives the message back (a nack). */
  modifyAckDeadline(ackId: string, ackDeadline: number): AckOutcome {
    const lease = this.#leases.find(ackId);
    if (!lease) return 'invalid';
    if (ackDeadline > 0) this.#leases.extend(lease, ackDeadline);
    else this.#giveBack(lease, 'nacked');
    return 'success';
  }

  /** All messages that are not acknowledged, in no order. */
  unacknowledged(): StoredMessage[] {
    const unordered = [
      ...this.#ready,
      ...[...this.#backoffs.values()].filter((entry) => !('key' in entry)),
      ...[...this.#leases.values()].filter(({ ordered }) => !ordered),
    ];
    return [...unordered.map(({ stored }) => stored), ...this.#ordered.values()];
  }

  /**
   * Decides anew which messages are acknowledged, of all that it holds and of `others`. All leases
   * end. Takes O(n log n).
   */
  seek(isAcknowledged: (stored: StoredMessage) => boolean, others: Iterable<StoredMessage>): void {
    const messages = new Map<number, StoredMessage>();
    for (const held of [this.#acknowledged, this.unacknowledged(), others]) {
      for (const stored of held) messages.set(stored.sequence, stored);
    }
    for (const lease of this.#leases.values()) this.#leases.end(lease, 'withdrawn');
    this.clear();
    for (const stored of [...messages.values()].sort((a, b) => a.sequence - b.sequence)) {
      if (isAcknowledged(stored)) this.#retain(stored);
      else if (!this.#isExpired(stored)) this.enqueue(stored);
    }
  }

  /** Forgets everything and stops all timers, without telling the holders. */
  clear(): void {
    this.#ready.clear();
    this.#ordered.clear();
    this.#leases.clear();
    this.#backoffs.clear();
    this.#acknowledged.clear();
  }

  #takeNext(holder: LeaseHolder | undefined): QueueLease | undefined {
    if (!this.#policy.isOrdered) return this.#takeUnordered(holder);
    this.#isTurnOfOrdered = !this.#isTurnOfOrdered;
    return this.#isTurnOfOrdered
      ? (this.#takeOrdered(holder) ?? this.#takeUnordered(holder))
      : (this.#takeUnordered(holder) ?? this.#takeOrdered(holder));
  }

  #takeOrdered(holder: LeaseHolder | undefined): QueueLease | undefined {
    const ordered = this.#ordered.take(holder);
    if (!ordered) return undefined;
    const { stored, deliveryAttempt } = ordered;
    ordered.ackId = this.#leases.nextAckId();
    return { ackId: ordered.ackId, stored, deliveryAttempt, holder, ordered };
  }

  #takeUnordered(holder: LeaseHolder | undefined): QueueLease | undefined {
    this.#ready.shiftWhile((oldest) => this.#isExpired(oldest.stored));
    const entry = this.#ready.shift();
    if (!entry) return undefined;
    const deliveryAttempt = entry.deliveryAttempt + 1;
    const ackId = this.#leases.nextAckId();
    return { ackId, stored: entry.stored, deliveryAttempt, holder, ordered: undefined };
  }

  #expire(leases: QueueLease[]): void {
    // The last one of an ordering key first: else its end would withdraw the others, which have
    // expired as well.
    if (this.#policy.isOrdered) leases.reverse();
    for (const lease of leases) this.#giveBack(lease, 'expired');
    this.#listener.onRedeliverable();
  }

  /**
   * Ends a lease after a delivery that failed, once the message is safe: queued again, or taken
   * over as a dead letter.
   */
  #giveBack(lease: QueueLease, end: LeaseEnd): void {
    const { stored, deliveryAttempt } = lease;
    const { maxDeliveryAttempts = Number.POSITIVE_INFINITY } = this.#policy;
    const isDeadLetter = deliveryAttempt >= maxDeliveryAttempts;
    if (!isDeadLetter || !this.#listener.onDeadLetter(stored, deliveryAttempt)) {
      this.#requeue(lease);
    } else if (lease.ordered) {
      this.#ordered.settle(lease.ordered);
    }
    this.#leases.end(lease, end);
  }

  #requeue({ stored, deliveryAttempt, ordered }: QueueLease): void {
    const backoff = backoffAfter(deliveryAttempt, this.#policy);
    const entry = ordered ?? { stored, deliveryAttempt };
    if (backoff > 0) this.#backoffs.set(entry, this.#clock.now() + backoff);
    if (ordered) {
      for (const { ackId } of this.#ordered.fail(ordered, backoff > 0)) {
        const later = this.#leases.find(ackId);
        if (later) this.#leases.end(later, 'withdrawn');
      }
    } else if (backoff === 0) {
      // Behind the others: a message that always fails must not prevent their delivery.
      this.#ready.push(entry);
    }
  }

  #endBackoff(entry: Entry | OrderedEntry): void {
    if ('key' in entry) this.#ordered.resume(entry);
    else this.#ready.push(entry);
  }

  /** Keeps an acknowledged message for a seek, if the policy says so. */
  #retain(stored: StoredMessage): void {
    if (!this.#policy.retainsAcknowledged) return;
    this.#acknowledged.shiftWhile((oldest) => this.#isExpired(oldest));
    this.#acknowledged.push(stored);
  }

  #isExpired({ publishedAt }: StoredMessage): boolean {
    return publishedAt <= this.#clock.now() - this.#policy.retention;
  }
}
