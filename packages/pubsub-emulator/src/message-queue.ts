import { randomBytes } from 'node:crypto';
import type { Clock } from 'iex-cli/clock';
import { Deadlines } from './deadlines.js';
import { Fifo } from './fifo.js';
import type { PubsubMessage } from './protocol.js';

/** A published message as the queues of all subscriptions of its topic share it. */
export interface StoredMessage {
  readonly message: PubsubMessage;
  /** In bytes: data and attributes. */
  readonly size: number;
  /** When it was published, in ms of the clock's monotonic time. */
  readonly publishedAt: number;
}

/** How a queue treats messages; a change applies to those that are already in it. */
export interface QueuePolicy {
  /** Messages older than this, in ms, are dropped. */
  readonly retention: number;
  /** Wait before a redelivery, in ms, doubled with each attempt. Without it: redelivered at once. */
  readonly retryBackoff?: { readonly minimum: number; readonly maximum: number };
  /** A message that this many deliveries did not get acknowledged is a dead letter. */
  readonly maxDeliveryAttempts?: number;
}

/** Why a lease ended. */
export type LeaseEnd = 'acknowledged' | 'nacked' | 'expired';

/** Who leases messages and keeps count of them. */
export interface LeaseHolder {
  leaseStarted?(lease: Lease): void;
  leaseEnded(lease: Lease, end: LeaseEnd): void;
}

/** A message that is with a subscriber until it is acknowledged, given back, or its deadline has passed. */
export interface Lease {
  readonly ackId: string;
  readonly stored: StoredMessage;
  /** 1 for the first delivery. */
  readonly deliveryAttempt: number;
  readonly holder: LeaseHolder | undefined;
}

export interface QueueListener {
  /** Messages have come back, by themselves, that can be leased again. */
  onRedeliverable(): void;
  /** Takes over a dead letter; false when it cannot, and the message is to be redelivered after all. */
  onDeadLetter(stored: StoredMessage, deliveryAttempt: number): boolean;
}

const ACK_ID = /^[\w-]{8}:\d+$/;

/** Whether `text` has the form of an ack id, of whatever queue. */
export function isAckId(text: string): boolean {
  return ACK_ID.test(text);
}

interface Entry {
  readonly stored: StoredMessage;
  deliveryAttempt: number;
}

/**
 * The messages of one subscription that are not acknowledged yet: ready to be delivered, leased, or waiting for
 * their retry backoff. No operation scans them; each takes O(1) amortised.
 */
export class MessageQueue {
  policy: QueuePolicy;
  readonly #clock: Clock;
  readonly #listener: QueueListener;
  readonly #ready = new Fifo<Entry>();
  readonly #leases = new Map<string, Lease>();
  readonly #leaseDeadlines: Deadlines<Lease>;
  readonly #backoffs: Deadlines<Entry>;
  // 8 characters. Random, so that an ack id from before a restart of the emulator cannot acknowledge another message.
  readonly #ackIdPrefix = randomBytes(6).toString('base64url');
  #leaseCount = 0;

  constructor(clock: Clock, policy: QueuePolicy, listener: QueueListener) {
    this.policy = policy;
    this.#clock = clock;
    this.#listener = listener;
    this.#leaseDeadlines = new Deadlines(clock, (leases) => this.#expire(leases));
    this.#backoffs = new Deadlines(clock, (entries) => {
      for (const entry of entries) this.#ready.push(entry);
      listener.onRedeliverable();
    });
  }

  /** Messages that can be leased now; some may turn out to be past their retention. */
  get readyCount(): number {
    return this.#ready.size;
  }

  get leasedCount(): number {
    return this.#leases.size;
  }

  enqueue(stored: StoredMessage): void {
    // Old messages that nobody asks for must not pile up, and only new ones can make them a problem.
    this.#dropExpiredHead();
    this.#ready.push({ stored, deliveryAttempt: 0 });
  }

  /**
   * Leases the next message for `ackDeadline` s, or returns undefined when none is ready.
   * `holder` is told when the lease starts and how it ends.
   */
  lease(ackDeadline: number, holder?: LeaseHolder): Lease | undefined {
    this.#dropExpiredHead();
    const entry = this.#ready.shift();
    if (!entry) return undefined;
    const lease: Lease = {
      ackId: `${this.#ackIdPrefix}:${this.#leaseCount++}`,
      stored: entry.stored,
      deliveryAttempt: entry.deliveryAttempt + 1,
      holder,
    };
    this.#leases.set(lease.ackId, lease);
    this.#leaseDeadlines.set(lease, this.#clock.now() + ackDeadline * 1000);
    holder?.leaseStarted?.(lease);
    return lease;
  }

  /**
   * Removes a leased message for good. An ack id whose lease has ended is ignored: the message comes
   * again.
   */
  acknowledge(ackId: string): void {
    this.#endLease(ackId, 'acknowledged');
  }

  /**
   * Lets the lease end `ackDeadline` s from now; 0 gives the message back (a nack). Ended leases are
   * ignored.
   */
  modifyAckDeadline(ackId: string, ackDeadline: number): void {
    if (ackDeadline > 0) {
      const lease = this.#leases.get(ackId);
      if (lease) this.#leaseDeadlines.set(lease, this.#clock.now() + ackDeadline * 1000);
      return;
    }
    const lease = this.#endLease(ackId, 'nacked');
    if (lease) this.#retry(lease);
  }

  /** Forgets everything and stops all timers; holders are not told. */
  clear(): void {
    this.#ready.clear();
    this.#leases.clear();
    this.#leaseDeadlines.clear();
    this.#backoffs.clear();
  }

  #endLease(ackId: string, end: LeaseEnd): Lease | undefined {
    const lease = this.#leases.get(ackId);
    if (!lease) return undefined;
    this.#leases.delete(ackId);
    this.#leaseDeadlines.delete(lease);
    lease.holder?.leaseEnded(lease, end);
    return lease;
  }

  #expire(leases: Lease[]): void {
    for (const lease of leases) {
      this.#endLease(lease.ackId, 'expired');
      this.#retry(lease);
    }
    this.#listener.onRedeliverable();
  }

  /** Queues a message again after a delivery that failed, or hands it over as a dead letter. */
  #retry({ stored, deliveryAttempt }: Lease): void {
    const { maxDeliveryAttempts, retryBackoff } = this.policy;
    if (maxDeliveryAttempts !== undefined && deliveryAttempt >= maxDeliveryAttempts) {
      if (this.#listener.onDeadLetter(stored, deliveryAttempt)) return;
    }
    const entry: Entry = { stored, deliveryAttempt };
    const backoff = retryBackoff
      ? Math.min(retryBackoff.maximum, retryBackoff.minimum * 2 ** (deliveryAttempt - 1))
      : 0;
    // Behind the others: a message that always fails must not keep them from being delivered.
    if (backoff > 0) this.#backoffs.set(entry, this.#clock.now() + backoff);
    else this.#ready.push(entry);
  }

  #dropExpiredHead(): void {
    const oldestKept = this.#clock.now() - this.policy.retention;
    for (;;) {
      const head = this.#ready.peek();
      if (!head || head.stored.publishedAt > oldestKept) return;
      this.#ready.shift();
    }
  }
}
