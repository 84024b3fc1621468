import type { Clock } from 'iex-cli/clock';
import type { Lease, LeaseEnd, LeaseHolder } from './message-queue.js';
import { PushBackoff } from './push-backoff.js';
import { toPushEnvelope } from './push-envelope.js';
import type { PushTransport } from './push-transport.js';
import type { Consumer, Subscription } from './subscription.js';

/**
 * Pushes of one subscription that may wait for their answers. The service starts lower and adapts; here it is
 * wide open from the start, since an endpoint may hold every request for most of a minute.
 */
const MAX_OUTSTANDING_PUSHES = 1_000;

interface Push {
  /** In ms of the clock's monotonic time. */
  readonly sentAt: number;
  readonly abort: AbortController;
}

/** Delivers the messages of a push subscription to its endpoint, one request a message. */
export class Pusher implements Consumer, LeaseHolder {
  readonly #subscription: Subscription;
  readonly #clock: Clock;
  readonly #transport: PushTransport;
  readonly #backoff: PushBackoff;
  /** By ack id. */
  readonly #outstanding = new Map<string, Push>();

  constructor(subscription: Subscription, clock: Clock, transport: PushTransport) {
    this.#subscription = subscription;
    this.#clock = clock;
    this.#transport = transport;
    this.#backoff = new PushBackoff(clock, () => subscription.deliver());
  }

  take(): boolean {
    const { config, queue } = this.#subscription;
    if (this.#backoff.isActive || this.#outstanding.size >= MAX_OUTSTANDING_PUSHES) return false;
    const lease = queue.lease(config.ackDeadlineSeconds, this);
    if (!lease) return false;
    void this.#push(lease);
    return true;
  }

  /** Nothing to do: what is under way may still be answered. */
  end(): void {}

  leaseEnded(lease: Lease, end: LeaseEnd): void {
    const push = this.#outstanding.get(lease.ackId);
    if (!push) return;
    this.#outstanding.delete(lease.ackId);
    if (end === 'acknowledged') {
      this.#backoff.reset();
      return;
    }
    if (end === 'expired') this.#backOff(push, false);
    push.abort.abort();
  }

  /** Ends a backoff, for the endpoint may be another one now. */
  resume(): void {
    this.#backoff.reset();
  }

  /** Breaks off the pushes under way and sends no more. */
  close(): void {
    this.#backoff.reset();
    for (const { abort } of this.#outstanding.values()) abort.abort();
    this.#outstanding.clear();
  }

  async #push(lease: Lease): Promise<void> {
    const { config, queue } = this.#subscription;
    const push: Push = { sentAt: this.#clock.now(), abort: new AbortController() };
    this.#outstanding.set(lease.ackId, push);
    const envelope = toPushEnvelope(
      lease.stored.message,
      config.name,
      config.deadLetterPolicy ? lease.deliveryAttempt : undefined,
    );
    const endpoint = new URL(config.pushConfig?.pushEndpoint ?? '');
    const outcome = await this.#transport.post(endpoint, envelope, push.abort.signal);
    if (!this.#outstanding.has(lease.ackId)) return; // the deadline has passed, or all is closed
    if (outcome === 'acknowledged') {
      queue.acknowledge(lease.ackId);
    } else {
      this.#backOff(push, outcome === 'unreachable');
      queue.modifyAckDeadline(lease.ackId, 0);
    }
    this.#subscription.deliver();
  }

  #backOff(push: Push, unreachable: boolean): void {
    // A retry policy delays each failed message by itself instead.
    if (!this.#subscription.config.retryPolicy) this.#backoff.failed(push.sentAt, unreachable);
  }
}
