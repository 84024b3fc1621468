import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from 'iex-cli/clock';
import { Deadlines } from './deadlines.js';
import type { Lease, LeaseEnd } from './lease.js';

/** Two parts of 8 characters, the subscription and the queue, and the number of the lease. */
const ACK_ID = /^[\w-]{16}:\d+$/;

/** The leases of one subscription, by their ack ids. Each operation takes O(1). */
export class Leases<L extends Lease> {
  readonly #clock: Clock;
  readonly #leases = new Map<string, L>();
  readonly #deadlines: Deadlines<L>;
  readonly #subscriptionPart: string;
  readonly #prefix: string;
  #count = 0;

  /**
   * @param subscriptionName its full name
   * @param onExpired gets the leases whose deadline has passed, which have not ended yet
   */
  constructor(clock: Clock, subscriptionName: string, onExpired: (leases: L[]) => void) {
    this.#clock = clock;
    this.#deadlines = new Deadlines(clock, onExpired);
    const hash = createHash('sha256').update(subscriptionName).digest();
    this.#subscriptionPart = hash.toString('base64url', 0, 6);
    // Random, so that an ack id from before a restart of the emulator cannot acknowledge another
    // message.
    this.#prefix = `${this.#subscriptionPart}${randomBytes(6).toString('base64url')}:`;
  }

  get size(): number {
    return this.#leases.size;
  }

  /** Whether `text` can be, or can have been, an ack id of this subscription. */
  isAckId(text: string): boolean {
    return text.startsWith(this.#subscriptionPart) && ACK_ID.test(text);
  }

  /** @returns the ack id for the next lease */
  nextAckId(): string {
    return `${this.#prefix}${this.#count++}`;
  }

  /** @param ackDeadline in s from now */
  start(lease: L, ackDeadline: number): void {
    this.#leases.set(lease.ackId, lease);
    this.extend(lease, ackDeadline);
    lease.holder?.leaseStarted?.(lease);
  }

  /** The lease, unless it has ended. */
  find(ackId: string): L | undefined {
    return this.#leases.get(ackId);
  }

  /** @param ackDeadline in s from now */
  extend(lease: L, ackDeadline: number): void {
    this.#deadlines.set(lease, this.#clock.now() + ackDeadline * 1000);
  }

  end(lease: L, reason: LeaseEnd): void {
    this.#leases.delete(lease.ackId);
    this.#deadlines.delete(lease);
    lease.holder?.leaseEnded(lease, reason);
  }

  values(): Iterable<L> {
    return this.#leases.values();
  }

  /** Forgets all leases and stops the timer, without telling the holders. */
  clear(): void {
    this.#leases.clear();
    this.#deadlines.clear();
  }
}
