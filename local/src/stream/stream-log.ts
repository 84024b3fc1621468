import { formatCount, formatTime } from '../display/format.js';
import type { Counts } from '../runner/protocol.js';

/** How often the counts are printed at most, in ms. */
const INTERVAL_MS = 5000;

/** Prints what a stream does, in lines that begin with the time. */
export class StreamLog {
  readonly #totals: Counts = { quotes: 0, rows: 0, deadLetters: 0 };
  #printing: NodeJS.Timeout | undefined;

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
    this.#printing ??= setTimeout(() => {
      this.#printing = undefined;
      this.#printTotals();
    }, INTERVAL_MS);
  };

  /** Prints the counts of the whole run. */
  close(): void {
    clearTimeout(this.#printing);
    this.#printTotals();
  }

  #printTotals(): void {
    const { quotes, rows, deadLetters } = this.#totals;
    this.say(
      `quotes ${formatCount(quotes)}   rows ${formatCount(rows)}   dead letters ${formatCount(deadLetters)}`,
    );
  }
}
