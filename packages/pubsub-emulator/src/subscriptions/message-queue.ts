import { randomBytes } from 'node:crypto';
import type { Clock } from 'iex-cli/clock';
import type { PubsubMessage } from '../protocol/messages.js';
import { Deadlines } from './deadlines.js';
import { Fifo } from './fifo.js';
import type { QueuePolicy } from './queue-policy.js';

/** A published message; the queues of all subscriptions of its topic share it. */
export interface StoredMessage {
  readonly message: PubsubMessage;
  /** In bytes: data and attributes. */
  readonly size: number;
  /** When it was published, in ms of the clock's monotonic time. */
  readonly publishedAt: number;
}

/** Why a lease ended. */
export type LeaseEnd = 'acknowledged' | 'nacked' | 'expired';

/** Leases messages and counts them. */
export interface LeaseHolder {
  leaseStarted?(lease: Lease): void;
  leaseEnded(lease: Lease, end: LeaseEnd): void;
}

/**
 * Assigns a message to a subscriber until it is acknowledged or nacked, or its deadline has passed.
 */
export interface Lease {
  readonly ackId: string;
  readonly stored: StoredMessage;
  /** 1 for the first delivery. */
  readonly deliveryAttempt: number;
  readonly holder: LeaseHolder | undefined;
}

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

const ACK_ID = /^[\w-]{8}:\d+$/;

/** Whether `text` has the form of an ack id, of any queue. */
export function isAckId(text: string): boolean {
  return ACK_ID.test(text);
}

interface Entry {
  readonly stored: StoredMessage;
  deliveryAttempt: number;
}

/**
 * The messages of one subscription that are not acknowledged yet: ready to be delivered, leased, or
 * waiting for their retry backoff. No operation scans them; each takes amortised O(1).
 */
export class MessageQueue {
  policy: QueuePolicy;
  readonly #clock: Clock;
  readonly #listener: QueueListener;
  readonly #ready = new Fifo<Entry>();
  readonly #leases = new Map<string, Lease>();
  readonly #leaseDeadlines: Deadlines<Lease>;
  readonly #backoffs: Deadlines<Entry>;
  // 8 characters. Random, so that an ack id from before a restart of the emulator cannot
  // acknowledge another message.
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
    // Old messages must not accumulate if nobody pulls, and only new messages can make that a
    // problem.
    this.#dropExpiredHead();
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
   * Removes a leased message for good. An ack id whose lease has ended is ignored: the message is
   * redelivered.
   */
  acknowledge(ackId: string): void {
    const lease = this.#leases.get(ackId);
    if (lease) this.#endLease(lease, 'acknowledged');
  }

  /**
   * Lets the lease end `ackDeadline` s from now; 0 gives the message back (a nack). Ended leases
   * are ignored.
   */
  modifyAckDeadline(ackId: string, ackDeadline: number): void {
    const lease = this.#leases.get(ackId);
    if (!lease) return;
    if (ackDeadline > 0) this.#leaseDeadlines.set(lease, this.#clock.now() + ackDeadline * 1000);
    else this.#giveBack(lease, 'nacked');
  }

  /** Forgets everything and stops all timers, without telling the holders. */
  clear(): void {
    this.#ready.clear();
    this.#leases.clear();
    this.#leaseDeadlines.clear();
    this.#backoffs.clear();
  }

  #endLease(lease: Lease, end: LeaseEnd): void {
    this.#leases.delete(lease.ackId);
    this.#leaseDeadlines.delete(lease);
    lease.holder?.leaseEnded(lease, end);
  }

  #expire(leases: Lease[]): void {
    for (const lease of leases) this.#giveBack(lease, 'expired');
    this.#listener.onRedeliverable();
  }

  /**
   * Ends a lease after a delivery that failed, once the message is safe: queued again, or taken
   * over as a dead letter.
   */
  #giveBack(lease: Lease, end: LeaseEnd): void {
    const { stored, deliveryAttempt } = lease;
    const { maxDeliveryAttempts = Number.POSITIVE_INFINITY } = this.policy;
    const isDeadLetter = deliveryAttempt >= maxDeliveryAttempts;
    if (!isDeadLetter || !this.#listener.onDeadLetter(stored, deliveryAttempt)) {
      this.#requeue(lease);
    }
    this.#endLease(lease, end);
  }

  #requeue({ stored, deliveryAttempt }: Lease): void {
    const { retryBackoff } = this.policy;
    const entry: Entry = { stored, deliveryAttempt };
    const backoff = retryBackoff
      ? Math.min(retryBackoff.maximum, retryBackoff.minimum * 2 ** (deliveryAttempt - 1))
      : 0;
    // Behind the others: a message that always fails must not prevent their delivery.
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
