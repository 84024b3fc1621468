import { Totals } from '../runner/totals.js';
import { formatCount } from './format.js';

/** Counts of the run since its start, for one line of a display. */
export class Counters extends Totals {
  /** End of the newest closed window with rows, in ms since the epoch. */
  newestWindowEnd: number | undefined;

  /** @param now in ms since the epoch */
  format(now: number): string {
    const lag =
      this.newestWindowEnd === undefined
        ? 'no window closed yet'
        : `lag ${((now - this.newestWindowEnd) / 1000).toFixed(1)} s`;
    return [
      `quotes ${formatCount(this.quotes)}`,
      `rows ${formatCount(this.rows)}`,
      `dead letters ${formatCount(this.deadLetters)}`,
      lag,
    ].join('   ');
  }
}
