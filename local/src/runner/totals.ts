import type { Committed } from './protocol.js';

/** The counts of the pipelines of all resolutions since the start. */
export class Totals {
  readonly #byResolution = new Map<number, Committed>();

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

  /** Every resolution reads every message, so the one that has read most counts. */
  get quotes(): number {
    return Math.max(0, ...this.#all.map(({ quotes }) => quotes));
  }

  /** Also those of the resolution that has read most. */
  get deadLetters(): number {
    return Math.max(0, ...this.#all.map(({ deadLetters }) => deadLetters));
  }

  /** Rows of all resolutions together. */
  get rows(): number {
    return this.#all.reduce((sum, { rows }) => sum + rows, 0);
  }

  get #all(): Committed[] {
    return [...this.#byResolution.values()];
  }
}
