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
export function watchQuotes({ logs, logFolder, onNotice }: QuoteWatchOptions, clock: Clock) {
  /** When the last quote arrived, or else when the run began, in ms of the monotonic clock. */
  let lastQuote = clock.now();
  /** Failures since then: the part and what it logged, the latest last. */
  const failures = new Set<string>();
  let said: string | null = null;
  let reportedAt = Number.NEGATIVE_INFINITY;
  let cancel = () => {};

  const readFailures = () => {
    for (const [part, log] of Object.entries(logs)) {
      for (const failure of log.failures()) {
        const text = `${part}: ${failure}`;
        failures.delete(text);
        failures.add(text);
      }
    }
    for (const text of [...failures].slice(0, -MOST_REMEMBERED)) failures.delete(text);
  };
  const say = (notice: string | null) => {
    if (notice === said) return;
    const now = clock.now();
    if (notice !== null && now - reportedAt < REPORT_MS) return;
    said = notice;
    reportedAt = notice === null ? Number.NEGATIVE_INFINITY : now;
    onNotice(notice);
  };
  const check = () => {
    readFailures();
    if (clock.now() - lastQuote < SILENCE_MS) return;
    const last = [...failures].slice(-MOST_FAILURES);
    say(
      last.length > 0
        ? `No quotes arrive. Last failures: ${last.join('; ')} (logs: ${logFolder})`
        : `No quotes arrive, and no part has logged why (logs: ${logFolder})`,
    );
  };
  const wait = () => {
    cancel = clock.schedule(CHECK_MS, () => {
      check();
      wait();
    });
  };
  wait();
  return {
    /** Notes that quotes have arrived; 0 of them change nothing. */
    arrived(quotes: number): void {
      if (quotes === 0) return;
      lastQuote = clock.now();
      readFailures();
      failures.clear();
      say(null);
    },
    stop: () => cancel(),
  };
}
