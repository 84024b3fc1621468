import type { LogFields } from './log.js';
import type { MissReason } from './quote-sources/source.js';

/** Counts what became of the quotes of a tick, for the one line that sums it up. */
export class TickReport {
  #published = 0;
  readonly #missed = new Map<MissReason, number>();
  readonly #latenciesMs: number[] = [];

  published(): void {
    this.#published++;
  }

  missed(reason: MissReason, quotes = 1): void {
    if (quotes > 0) this.#missed.set(reason, (this.#missed.get(reason) ?? 0) + quotes);
  }

  /** Notes how long (ms) the API took to answer one request, its retries included. */
  answered(latencyMs: number): void {
    this.#latenciesMs.push(latencyMs);
  }

  get publishedCount(): number {
    return this.#published;
  }

  get missedCount(): number {
    return [...this.#missed.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The fields of the summary. The latency is left out where no request was answered. */
  fields(): LogFields {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    const p50 = sorted[Math.ceil(sorted.length / 2) - 1];
    const max = sorted.at(-1);
    return {
      published: this.#published,
      missed: this.missedCount,
      missed_by_reason: Object.fromEntries(this.#missed),
      ...(p50 !== undefined &&
        max !== undefined && { latency_ms: { p50: Math.round(p50), max: Math.round(max) } }),
    };
  }
}
