import type { Clock } from 'iex-cli/clock';
import { Fifo } from '../subscriptions/fifo.js';
import type { StoredMessage } from '../subscriptions/lease.js';

/**
 * What has been published to a topic, as long as the topic retains it or a snapshot needs it. Each
 * operation takes amortised O(1), except for `since`, which takes O(messages kept).
 */
export class TopicLog {
  readonly #clock: Clock;
  readonly #messages = new Fifo<StoredMessage>();
  /** For each snapshot, the sequence from which on it needs all messages. */
  readonly #needed = new Set<{ readonly sequence: number }>();
  /** In ms; 0 if the topic retains nothing. */
  #retention = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set retention(millis: number) {
    this.#retention = millis;
    this.#dropUnneeded();
  }

  /** Whether it keeps what is published now. */
  get isKept(): boolean {
    return this.#retention > 0 || this.#needed.size > 0;
  }

  append(messages: readonly StoredMessage[]): void {
    if (!this.isKept) return;
    for (const stored of messages) this.#messages.push(stored);
    this.#dropUnneeded();
  }

  /** Keeps what is published from `sequence` on, until the returned function is called. */
  keepFrom(sequence: number): () => void {
    const needed = { sequence };
    this.#needed.add(needed);
    return () => {
      this.#needed.delete(needed);
      this.#dropUnneeded();
    };
  }

  /** The messages from `sequence` on. */
  since(sequence: number): StoredMessage[] {
    return [...this.#messages].filter((stored) => stored.sequence >= sequence);
  }

  /** The messages that the topic retains by itself. */
  retained(): StoredMessage[] {
    return [...this.#messages].filter((stored) => this.#isRetained(stored));
  }

  #dropUnneeded(): void {
    const firstNeeded = Math.min(...[...this.#needed].map(({ sequence }) => sequence));
    this.#messages.shiftWhile(
      (oldest) => !this.#isRetained(oldest) && oldest.sequence < firstNeeded,
    );
  }

  #isRetained({ publishedAt }: StoredMessage): boolean {
    return publishedAt > this.#clock.now() - this.#retention;
  }
}
