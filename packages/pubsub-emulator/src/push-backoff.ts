import type { Clock } from 'iex-cli/clock';

/** Documented range of the push backoff in ms: https://cloud.google.com/pubsub/docs/push#push_backoff */
const MINIMUM_BACKOFF = 100;
const MAXIMUM_BACKOFF = 60_000;

/**
 * Longest backoff in ms while nothing listens at the endpoint. On one machine that is a process being restarted:
 * asking again costs nothing, and a long backoff would outlive the outage.
 */
const MAXIMUM_UNREACHABLE_BACKOFF = 1_000;

/** Pauses the pushes of one subscription after failures: exponentially longer, until one succeeds. */
export class PushBackoff {
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  #delay = 0;
  #startedAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  /** `onEnd` is called when a backoff has run its time. */
  constructor(clock: Clock, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  get isActive(): boolean {
    return this.#cancel !== undefined;
  }

  /**
   * A push that was sent at `sentAt` (ms of the clock's monotonic time) has failed; `unreachable` when there was
   * no connection. Of the pushes that were under way together only the first failure counts: a thousand
   * failures at once are one outage.
   */
  failed(sentAt: number, unreachable: boolean): void {
    if (this.isActive || sentAt < this.#startedAt) return;
    const limit = unreachable ? MAXIMUM_UNREACHABLE_BACKOFF : MAXIMUM_BACKOFF;
    this.#delay = Math.min(limit, Math.max(MINIMUM_BACKOFF, this.#delay * 2));
    this.#startedAt = this.#clock.now();
    this.#cancel = this.#clock.schedule(this.#delay, () => {
      this.#cancel = undefined;
      this.#onEnd();
    });
  }

  /** Back to full speed, at once: one success shows that the endpoint is there. */
  reset(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#delay = 0;
  }
}
