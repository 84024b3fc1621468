import type { WindowRanking } from 'iex-dashboard/market-data/market-data';
import { Totals } from '../runner/totals.js';
import { formatCounts } from './format.js';

/** Counts of the run since its start, for one line of a display. */
export class Counters extends Totals {
  /** End of the newest closed window with rows, in ms since the epoch. */
  #newestWindowEnd: number | undefined;

  /** Notes the latest windows that have closed. */
  ranked(rankings: readonly WindowRanking[]): void {
    if (rankings.length === 0) return;
    this.#newestWindowEnd = Math.max(...rankings.map(({ windowEnd }) => windowEnd));
  }

  /** @param now in ms since the epoch */
  format(now: number): string {
    const lag =
      this.#newestWindowEnd === undefined
        ? 'no window closed yet'
        : `lag ${((now - this.#newestWindowEnd) / 1000).toFixed(1)} s`;
    return `${formatCounts(this)}   ${lag}`;
  }
}
