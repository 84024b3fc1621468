import { Fifo } from './fifo.js';
import type { LeaseHolder, StoredMessage } from './lease.js';

/** The messages with one ordering key, in the order of publishing. */
interface OrderingKey {
  readonly name: string;
  /** From the first one that is not acknowledged. */
  readonly entries: Fifo<OrderedEntry>;
  /** Position of the first entry, counted over all that the key has had. */
  first: number;
  /** Position of the next entry to deliver; those before it have been delivered. */
  next: number;
  outstanding: number;
  /** Number of entries that wait for their retry backoff; until then none is delivered. */
  backoffs: number;
  /** Who has the outstanding messages; nobody else gets any of this key. */
  owner: LeaseHolder | undefined;
}

/** A message with an ordering key. */
export interface OrderedEntry {
  readonly stored: StoredMessage;
  readonly key: OrderingKey;
  readonly position: number;
  deliveryAttempt: number;
  /** Of the latest lease; empty before the first one. */
  ackId: string;
  state: 'pending' | 'outstanding' | 'settled';
}

/**
 * The messages of a subscription that have an ordering key, by the rules for ordered delivery:
 * https://cloud.google.com/pubsub/docs/ordering
 *
 * Messages of a key are delivered in the order of publishing. While some of them are outstanding,
 * others are delivered only to the same subscriber. When a message is delivered again, then so are
 * all later ones of its key, even those that are acknowledged.
 *
 * All operations take amortised O(1), except for `fail`, which takes O(later messages outstanding).
 */
export class OrderedMessages {
  readonly #keys = new Map<string, OrderingKey>();
  /** Keys with a message that can be delivered, by their owner, in turns. */
  readonly #ready = new Map<LeaseHolder | undefined, Set<OrderingKey>>();
  readonly #isExpired: (stored: StoredMessage) => boolean;

  /** @param isExpired whether a message is past its retention and must not be delivered */
  constructor(isExpired: (stored: StoredMessage) => boolean) {
    this.#isExpired = isExpired;
  }

  /** Whether any message can be delivered to somebody. */
  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /** Puts a message behind all others of its key. */
  add(stored: StoredMessage): void {
    const name = stored.message.orderingKey;
    const key = this.#keys.get(name) ?? createKey(name);
    this.#keys.set(name, key);
    const position = key.first + key.entries.size;
    key.entries.push({ stored, key, position, deliveryAttempt: 0, ackId: '', state: 'pending' });
    this.#skipExpired(key);
    if (key.next === position) this.#update(key); // else it waits behind others
  }

  /** Takes the next message that `owner` may have: of a key that nobody has, or that it has. */
  take(owner: LeaseHolder | undefined): OrderedEntry | undefined {
    const [key] = this.#ready.get(undefined) ?? this.#ready.get(owner) ?? [];
    if (!key) return undefined;
    this.#unlist(key); // so that keys take turns
    this.#skipExpired(key);
    const entry = entryAt(key, key.next);
    if (entry) {
      entry.state = 'outstanding';
      entry.deliveryAttempt += 1;
      key.next += 1;
      key.outstanding += 1;
      key.owner = owner;
    }
    this.#update(key);
    return entry ?? this.take(owner);
  }

  /** Whether all earlier messages of its key are settled. */
  isFirst(entry: OrderedEntry): boolean {
    return entry.position === entry.key.first;
  }

  /** An outstanding message is acknowledged, or is a dead letter. */
  settle(entry: OrderedEntry): void {
    entry.state = 'settled';
    entry.key.outstanding -= 1;
    trim(entry.key);
    this.#update(entry.key);
  }

  /**
   * An outstanding message could not be delivered: it and all later ones are delivered again.
   *
   * @param backsOff whether to wait with this key until `resume`
   * @returns the later ones that were outstanding
   */
  fail(entry: OrderedEntry, backsOff: boolean): OrderedEntry[] {
    const { key } = entry;
    const withdrawn: OrderedEntry[] = [];
    for (let position = entry.position; position < key.next; position++) {
      const later = entryAt(key, position);
      if (!later) continue;
      if (later.state === 'outstanding') key.outstanding -= 1;
      if (later.state === 'outstanding' && later !== entry) {
        withdrawn.push(later);
        later.deliveryAttempt -= 1; // it has not failed by itself
      }
      later.state = 'pending';
    }
    key.next = entry.position;
    if (backsOff) key.backoffs += 1;
    this.#update(key);
    return withdrawn;
  }

  /** The backoff of a message that failed is over. */
  resume({ key }: OrderedEntry): void {
    key.backoffs -= 1;
    this.#update(key);
  }

  /** All messages that are not settled. */
  *values(): Iterable<StoredMessage> {
    for (const { entries } of this.#keys.values()) {
      for (const { stored, state } of entries) if (state !== 'settled') yield stored;
    }
  }

  clear(): void {
    this.#keys.clear();
    this.#ready.clear();
  }

  /** Old messages must not accumulate if nobody pulls. */
  #skipExpired(key: OrderingKey): void {
    for (;;) {
      const entry = entryAt(key, key.next);
      if (!entry || !this.#isExpired(entry.stored)) break;
      entry.state = 'settled';
      key.next += 1;
    }
    trim(key);
  }

  /** Lists the key among the ready ones if it is ready, and forgets it if it is empty. */
  #update(key: OrderingKey): void {
    this.#unlist(key);
    if (key.outstanding === 0) key.owner = undefined;
    if (key.entries.size === 0 && key.backoffs === 0) this.#keys.delete(key.name);
    const mayTakeMore = !key.owner?.takesOneOfEachKey;
    if (entryAt(key, key.next) && key.backoffs === 0 && mayTakeMore) {
      const list = this.#ready.get(key.owner);
      if (list) list.add(key);
      else this.#ready.set(key.owner, new Set([key]));
    }
  }

  #unlist(key: OrderingKey): void {
    const list = this.#ready.get(key.owner);
    list?.delete(key);
    if (list?.size === 0) this.#ready.delete(key.owner);
  }
}

function createKey(name: string): OrderingKey {
  const entries = new Fifo<OrderedEntry>();
  return { name, entries, first: 0, next: 0, outstanding: 0, backoffs: 0, owner: undefined };
}

function entryAt(key: OrderingKey, position: number): OrderedEntry | undefined {
  return key.entries.at(position - key.first);
}

/** Forgets the first entries if they are settled. */
function trim(key: OrderingKey): void {
  key.first += key.entries.shiftWhile(({ state }) => state === 'settled');
}
