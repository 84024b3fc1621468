import type { LogFields } from './log.js';
import type { MissReason } from './quote-sources/source.js';

/** Counts the published and missed quotes of a tick, for the line that sums it up. */
export class TickReport {
  #published = 0;
  readonly #missed = new Map<MissReason, number>();
  readonly #latenciesMs: number[] = [];
  readonly #lagsMs: number[] = [];

  published(): void {
    this.#published++;
  }

  missed(reason: MissReason, quotes = 1): void {
    if (quotes > 0) this.#missed.set(reason, (this.#missed.get(reason) ?? 0) + quotes);
  }

  /** Notes how long (ms) the API took to respond to one request, its retries included. */
  responded(latencyMs: number): void {
    this.#latenciesMs.push(latencyMs);
  }

  /** Notes how much later (ms) than planned a slot began. */
  began(lagMs: number): void {
    this.#lagsMs.push(lagMs);
  }

  get publishedCount(): number {
    return this.#published;
  }

  get missedCount(): number {
    return [...this.#missed.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The fields of the summary, without durations if none were measured. */
  fields(): LogFields {
    return {
      published: this.#published,
      missed: this.missedCount,
      missed_by_reason: Object.fromEntries(this.#missed),
      latency_ms: spread(this.#latenciesMs),
      slot_lag_ms: spread(this.#lagsMs),
    };
  }
}

/** Median and maximum of some durations, in whole ms. */
function spread(durations: readonly number[]): { p50: number; max: number } | undefined {
  const sorted = durations.toSorted((a, b) => a - b);
  const p50 = sorted[Math.ceil(sorted.length / 2) - 1];
  const max = sorted.at(-1);
  if (p50 === undefined || max === undefined) return undefined;
  return { p50: Math.round(p50), max: Math.round(max) };
}
