import type { Committed } from '../runner/protocol.js';
import { formatCount } from './format.js';

/** What the pipelines of all resolutions have done since the start. */
export class Counters {
  readonly #byResolution = new Map<number, Committed>();
  /** End of the newest closed window with rows, in ms since the epoch. */
  newestWindowEnd: number | undefined;

  add(committed: Committed): void {
    const { resolutionMinutes } = committed;
    const before = this.#byResolution.get(resolutionMinutes);
    this.#byResolution.set(resolutionMinutes, {
      resolutionMinutes,
      quotes: committed.quotes + (before?.quotes ?? 0),
      rows: committed.rows + (before?.rows ?? 0),
      deadLetters: committed.deadLetters + (before?.deadLetters ?? 0),
    });
  }

  /** One line. Every resolution reads every message, so those are counted once and the rows summed. */
  format(now: number): string {
    const all = [...this.#byResolution.values()];
    const most = (counts: number[]) => Math.max(0, ...counts);
    const rows = all.reduce((sum, { rows }) => sum + rows, 0);
    const lag =
      this.newestWindowEnd === undefined
        ? 'no window closed yet'
        : `lag ${((now - this.newestWindowEnd) / 1000).toFixed(1)} s`;
    return [
      `quotes ${formatCount(most(all.map(({ quotes }) => quotes)))}`,
      `rows ${formatCount(rows)}`,
      `dead letters ${formatCount(most(all.map(({ deadLetters }) => deadLetters)))}`,
      lag,
    ].join('   ');
  }
}
