import type { Committed } from './protocol.js';

/** What the pipelines of all resolutions have done since the start. */
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

  /** Every resolution reads every message, so the resolution that is furthest counts. */
  get quotes(): number {
    return Math.max(0, ...this.#all.map(({ quotes }) => quotes));
  }

  /** Those of the resolution that is furthest, likewise. */
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
