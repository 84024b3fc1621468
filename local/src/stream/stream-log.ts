import { formatCounts, formatTime } from '../display/format.js';
import type { Counts } from '../runner/protocol.js';

/** How often the counts are printed at most, in ms. */
const INTERVAL_MS = 5000;

/** The first batch after a pause is often a small one; in ms. */
const FIRST_MS = 500;

/** Prints what a stream does, in lines that begin with the time. */
export function streamLog() {
  const totals: Counts = { quotes: 0, rows: 0, deadLetters: 0 };
  let printing: NodeJS.Timeout | undefined;
  let printed = Number.NEGATIVE_INFINITY;
  const say = (line: string) => console.log(`${formatTime(Date.now())}   ${line}`);
  /** Prints the counts so far. */
  const printTotals = () => say(formatCounts(totals));
  return {
    say,
    printTotals,
    failed(error: Error): void {
      const [reason] = error.message.split('\n', 1);
      say(`Failed, and is tried again: ${reason}`);
    },
    committed({ quotes, rows, deadLetters }: Counts): void {
      totals.quotes += quotes;
      totals.rows += rows;
      totals.deadLetters += deadLetters;
      printing ??= setTimeout(
        () => {
          printing = undefined;
          printed = performance.now();
          printTotals();
        },
        Math.max(FIRST_MS, printed + INTERVAL_MS - performance.now()),
      );
    },
    /** Prints nothing more. */
    close: () => clearTimeout(printing),
  };
}
