import type { Clock } from 'iex-cli/clock';
import type { HealthSource, Throughput } from 'iex-dashboard/server/health';
import type { Committed } from './protocol.js';
import { Totals } from './totals.js';

/** The span, in ms, over which rates are means. */
const SPAN_MS = 60_000;

/** Counts the quotes and rows of the pipelines, in total and in the last minute. */
export class ThroughputMeter implements HealthSource {
  readonly #clock: Clock;
  readonly #start: number;
  readonly #totals = new Totals();
  /** Why no quotes arrive, for the user to read; null if they do. */
  notice: string | null = null;
  /** The totals after each batch of the last minute, the one before them first. */
  #history: { time: number; quotes: number; rows: number }[];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#start = clock.now();
    this.#history = [{ time: this.#start, quotes: 0, rows: 0 }];
  }

  add(committed: Committed): void {
    this.#totals.add(committed);
    const { quotes, rows } = this.#totals;
    this.#history.push({ time: this.#clock.now(), quotes, rows });
    this.#forget();
  }

  health(): Throughput & { notice: string | null } {
    this.#forget();
    const { quotes, rows } = this.#totals;
    const [before = { quotes, rows }] = this.#history;
    // A run younger than the span is measured over its own time, but not over its first seconds,
    // which say nothing.
    const seconds = Math.min(SPAN_MS, Math.max(10_000, this.#clock.now() - this.#start)) / 1000;
    return {
      quotes,
      rows,
      quotesPerSecond: (quotes - before.quotes) / seconds,
      rowsPerSecond: (rows - before.rows) / seconds,
      notice: this.notice,
    };
  }

  /** Forgets what is older than the span, but for the newest of it, from which the rates count. */
  #forget(): void {
    const first = this.#clock.now() - SPAN_MS;
    const kept = this.#history.findLastIndex(({ time }) => time <= first);
    if (kept > 0) this.#history.splice(0, kept);
  }
}
