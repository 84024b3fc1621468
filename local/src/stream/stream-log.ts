import { formatCounts, formatTime } from '../display/format.js';
import type { Counts } from '../runner/protocol.js';

/** How often the counts are printed at most, in ms. */
const INTERVAL_MS = 5000;

/** The first batch after a pause is often a small one; in ms. */
const FIRST_MS = 500;

/** Prints what a stream does, in lines that begin with the time. */
export class StreamLog {
  readonly #totals: Counts = { quotes: 0, rows: 0, deadLetters: 0 };
  #printing: NodeJS.Timeout | undefined;
  #printed = Number.NEGATIVE_INFINITY;

  readonly say = (line: string): void => {
    console.log(`${formatTime(Date.now())}   ${line}`);
  };

  readonly failed = (error: Error): void => {
    const [reason] = error.message.split('\n', 1);
    this.say(`Failed, and is tried again: ${reason}`);
  };

  readonly committed = ({ quotes, rows, deadLetters }: Counts): void => {
    this.#totals.quotes += quotes;
    this.#totals.rows += rows;
    this.#totals.deadLetters += deadLetters;
    const wait = Math.max(FIRST_MS, this.#printed + INTERVAL_MS - performance.now());
    this.#printing ??= setTimeout(() => {
      this.#printing = undefined;
      this.#printed = performance.now();
      this.end();
    }, wait);
  };

  /** Prints the counts of the whole run. */
  end(): void {
    this.say(formatCounts(this.#totals));
  }

  /** Prints nothing more. */
  close(): void {
    clearTimeout(this.#printing);
  }
}
