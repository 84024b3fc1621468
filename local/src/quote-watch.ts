import type { Clock } from 'iex-cli/clock';
import type { LogTail } from './log-tail.js';

/** How often to look, in ms. */
const CHECK_MS = 1000;

/** How long no quote may arrive, in ms: two slots, and the time that a quote takes. */
const SILENCE_MS = 21_000;

/** How many different failures are reported, and how many are remembered. */
const MOST_FAILURES = 2;
const MOST_REMEMBERED = 20;

/** How often to report that the reason has changed, in ms. */
const REPORT_MS = 30_000;

/** A log from which failures are read. */
export type FailureLog = Pick<LogTail, 'failures'>;

export interface QuoteWatchOptions {
  /** The logs of the parts that quotes go through, by the name of the part. */
  logs: Readonly<Record<string, FailureLog>>;
  /** Where the user finds the logs. */
  logFolder: string;
  /** Gets why no quotes arrive whenever that changes; null once they arrive again. */
  onNotice: (notice: string | null) => void;
}

/** Watches whether quotes arrive, and says why not if none has for two slots. */
export class QuoteWatch {
  readonly #options: QuoteWatchOptions;
  readonly #clock: Clock;
  /** When the last quote arrived, or else when the run began, in ms of the monotonic clock. */
  #lastQuote: number;
  /** Failures since then: the part and what it logged, the latest last. */
  readonly #failures = new Set<string>();
  #notice: string | null = null;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #cancel = () => {};

  constructor(options: QuoteWatchOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#lastQuote = clock.now();
    this.#wait();
  }

  /** Why no quotes arrive; null if they do. */
  get notice(): string | null {
    return this.#notice;
  }

  /** Notes that so many quotes have arrived. */
  arrived(quotes: number): void {
    if (quotes === 0) return;
    this.#lastQuote = this.#clock.now();
    this.#readFailures();
    this.#failures.clear();
    this.#say(null);
  }

  stop(): void {
    this.#cancel();
  }

  #wait(): void {
    this.#cancel = this.#clock.schedule(CHECK_MS, () => {
      this.#check();
      this.#wait();
    });
  }

  #check(): void {
    this.#readFailures();
    if (this.#clock.now() - this.#lastQuote < SILENCE_MS) return;
    const last = [...this.#failures].slice(-MOST_FAILURES);
    const { logFolder } = this.#options;
    this.#say(
      last.length > 0
        ? `No quotes arrive. Last failures: ${last.join('; ')} (logs: ${logFolder})`
        : `No quotes arrive, and no part has logged why (logs: ${logFolder})`,
    );
  }

  #readFailures(): void {
    for (const [part, log] of Object.entries(this.#options.logs)) {
      for (const failure of log.failures()) {
        const text = `${part}: ${failure}`;
        this.#failures.delete(text);
        this.#failures.add(text);
      }
    }
    for (const text of [...this.#failures].slice(0, -MOST_REMEMBERED)) this.#failures.delete(text);
  }

  #say(notice: string | null): void {
    if (notice === this.#notice) return;
    const now = this.#clock.now();
    if (notice !== null && now - this.#reportedAt < REPORT_MS) return;
    this.#notice = notice;
    this.#reportedAt = notice === null ? Number.NEGATIVE_INFINITY : now;
    this.#options.onNotice(notice);
  }
}
