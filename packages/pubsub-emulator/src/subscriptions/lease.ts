import type { PubsubMessage } from '../protocol/messages.js';

/** A published message; all that hold it share it: subscriptions, snapshots and the topic's log. */
export interface StoredMessage {
  readonly message: PubsubMessage;
  /** In bytes: data and attributes. */
  readonly size: number;
  /** When it was published, in ms of the clock's monotonic time. */
  readonly publishedAt: number;
  /** Its place in the order of publishing, over all topics. */
  readonly sequence: number;
}

/** Why a lease ended; `withdrawn` if the message is to be delivered anew for another reason. */
export type LeaseEnd = 'acknowledged' | 'nacked' | 'expired' | 'withdrawn';

/** Leases messages and counts them. */
export interface LeaseHolder {
  /** It gets a message of an ordering key only once it has acknowledged the one before. */
  readonly takesOneOfEachKey?: boolean;
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

/**
 * What became of an acknowledgement or a changed deadline: `invalid` if the lease has ended,
 * `unordered` if an earlier message of the same ordering key must be acknowledged first.
 */
export type AckOutcome = 'success' | 'invalid' | 'unordered';
