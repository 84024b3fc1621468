import type { Clock } from 'iex-cli/clock';
import type { HealthSource, Throughput } from 'iex-dashboard/server/health';
import type { Committed } from './protocol.js';
import { Totals } from './totals.js';

/** The span that rates are means over. */
const SPAN_MS = 60_000;

/** Counts what the pipelines do, in all and in the last minute. */
export class ThroughputMeter implements HealthSource {
  readonly #clock: Clock;
  readonly #start: number;
  readonly #totals = new Totals();
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

  health(): Throughput {
    this.#forget();
    const { quotes, rows } = this.#totals;
    const [before = { quotes, rows }] = this.#history;
    // Young as it is, a run is measured over its own time, but for the first seconds, which tell nothing.
    const seconds = Math.min(SPAN_MS, Math.max(10_000, this.#clock.now() - this.#start)) / 1000;
    return {
      quotes,
      rows,
      quotesPerSecond: (quotes - before.quotes) / seconds,
      rowsPerSecond: (rows - before.rows) / seconds,
    };
  }

  /** Forgets what is older than the span, but for the newest of it, which the rates count from. */
  #forget(): void {
    const first = this.#clock.now() - SPAN_MS;
    const kept = this.#history.findLastIndex(({ time }) => time <= first);
    if (kept > 0) this.#history.splice(0, kept);
  }
}
