import type { Clock } from 'iex-cli/clock';
import type { Lease, LeaseEnd, LeaseHolder } from '../subscriptions/lease.js';
import type { PushDelivery, Subscription } from '../subscriptions/subscription.js';
import { PushBackoff } from './backoff.js';
import { toPushRequest } from './request.js';
import type { PushOutcome, PushTransport } from './transport.js';

/**
 * The most pushes of one subscription that may wait for their response. The service starts lower
 * and adapts; here the limit is high from the start, because an endpoint may hold every request for
 * most of a minute.
 */
const MAX_OUTSTANDING_PUSHES = 1_000;

interface Push {
  /** In ms of the clock's monotonic time. */
  readonly sentAt: number;
  readonly abort: AbortController;
}

/** Delivers the messages of a push subscription to its endpoint, one request a message. */
export class Pusher implements PushDelivery, LeaseHolder {
  /** https://cloud.google.com/pubsub/docs/ordering#push */
  readonly takesOneOfEachKey = true;
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

  /** Does nothing: a push that has been sent may still be acknowledged. */
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

  resume(): void {
    this.#backoff.reset();
  }

  close(): void {
    this.#backoff.reset();
    for (const { abort } of this.#outstanding.values()) abort.abort();
    this.#outstanding.clear();
  }

  async #push(lease: Lease): Promise<void> {
    const { queue } = this.#subscription;
    const push: Push = { sentAt: this.#clock.now(), abort: new AbortController() };
    this.#outstanding.set(lease.ackId, push);
    // Nobody waits for this method, so a message that cannot be sent must not make it fail.
    const outcome = await this.#post(lease, push).catch((): PushOutcome => 'failed');
    if (!this.#outstanding.has(lease.ackId)) return; // the deadline has passed, or all is closed
    if (outcome === 'acknowledged') {
      queue.acknowledge(lease.ackId);
    } else {
      this.#backOff(push, outcome === 'unreachable');
      queue.modifyAckDeadline(lease.ackId, 0);
    }
    this.#subscription.deliver();
  }

  async #post({ stored, deliveryAttempt }: Lease, { abort }: Push): Promise<PushOutcome> {
    const { config } = this.#subscription;
    const endpoint = new URL(config.pushConfig?.pushEndpoint ?? '');
    const attempt = config.deadLetterPolicy ? deliveryAttempt : undefined;
    const request = toPushRequest(stored.message, config, this.#clock.wallTime(), attempt);
    return this.#transport.post(endpoint, request, abort.signal);
  }

  #backOff(push: Push, unreachable: boolean): void {
    // A retry policy delays each failed message by itself instead.
    if (!this.#subscription.config.retryPolicy) this.#backoff.failed(push.sentAt, unreachable);
  }
}
