import type { MissReason } from './quote-sources/source.js';
import { SLOT_MS } from './slots.js';

/** Symbols of which the API refuses some; which ones is not known yet. */
export interface SuspectGroup {
  readonly symbols: readonly string[];
  /** When (monotonic ms) the search for the refused ones may begin. */
  readonly searchFrom: number;
  /** How many requests the API has refused in this search, if it has not accepted any. */
  readonly refusals: number;
  /** Why the API refuses those that were requested alone. */
  readonly reasons: ReadonlyMap<string, MissReason>;
}

/** Symbols by what is known of them. */
export interface DividedSymbols {
  /** These were never refused. */
  readonly clear: readonly string[];
  /** Each group is requested on its own, so that it spoils no other request. */
  readonly suspects: readonly SuspectGroup[];
  /** These are not requested at present. */
  readonly refused: ReadonlyMap<string, MissReason>;
}

/**
 * How long (ms) a refused symbol is set aside before it is asked for again, alone: short enough for
 * a symbol that is newly listed, long enough to keep such requests few.
 */
export const ASIDE_MS = 15 * 60_000;

/**
 * The most requests that an instance makes, in the time of a slot, to find refused symbols:
 * enough for 60 symbols of a batch if the API names one at a time, and for about 6 if it names
 * none.
 */
const SEARCH_REQUESTS_PER_SLOT = 60;

/** The most symbols that are remembered, as many as an alarm may carry. */
const MAX_SYMBOLS = 10_000;

/**
 * What an instance remembers, from one slot and tick to the next, of the symbols that make the
 * quote API refuse a batch. Times are instants of the monotonic clock, in ms.
 */
export class RefusedSymbols {
  readonly #refused = new Map<string, { readonly reason: MissReason; readonly until: number }>();
  readonly #suspects = new Map<string, SuspectGroup>();
  #budget = { from: Number.NEGATIVE_INFINITY, requests: 0 };

  divide(symbols: readonly string[], now: number): DividedSymbols {
    const clear: string[] = [];
    const refused = new Map<string, MissReason>();
    const alone: SuspectGroup[] = [];
    const groups = new Map<SuspectGroup, string[]>();
    for (const symbol of symbols) {
      const entry = this.#refused.get(symbol);
      const group = this.#suspects.get(symbol);
      if (entry && now < entry.until) refused.set(symbol, entry.reason);
      else if (entry) alone.push(groupOf([symbol]));
      else if (group) groups.set(group, [...(groups.get(group) ?? []), symbol]);
      else clear.push(symbol);
    }
    const together = [...groups].map(([group, symbols]) => ({ ...group, symbols }));
    return { clear, suspects: [...together, ...alone], refused };
  }

  /** Notes that the API has accepted a request for these. */
  accept(symbols: readonly string[]): void {
    for (const symbol of symbols) {
      this.#refused.delete(symbol);
      this.#suspects.delete(symbol);
    }
  }

  /** Sets a symbol aside. Returns whether it was not known to be refused before. */
  refuse(symbol: string, reason: MissReason, now: number): boolean {
    const isNew = !this.#refused.has(symbol);
    this.#suspects.delete(symbol);
    remember(this.#refused, symbol, { reason, until: now + ASIDE_MS });
    return isNew;
  }

  /** Notes that the API refuses some symbols of a group. */
  suspect(group: SuspectGroup): void {
    for (const symbol of group.symbols) {
      // One that was set aside before and is due again is asked for alone anyway.
      if (!this.#refused.has(symbol)) remember(this.#suspects, symbol, group);
    }
  }

  /** Whether one more request may be made to find refused symbols; it then counts as made. */
  takeSearchRequest(now: number): boolean {
    if (now >= this.#budget.from + SLOT_MS) this.#budget = { from: now, requests: 0 };
    if (this.#budget.requests >= SEARCH_REQUESTS_PER_SLOT) return false;
    this.#budget.requests++;
    return true;
  }
}

/** A group of which nothing is known yet. */
export function groupOf(symbols: readonly string[]): SuspectGroup {
  return { symbols, searchFrom: Number.NEGATIVE_INFINITY, refusals: 0, reasons: new Map() };
}

/**
 * Puts an entry at the end of a map, and drops the oldest ones of more than {@link MAX_SYMBOLS}.
 */
function remember<T>(entries: Map<string, T>, symbol: string, value: T): void {
  entries.delete(symbol);
  entries.set(symbol, value);
  for (const oldest of entries.keys()) {
    if (entries.size <= MAX_SYMBOLS) break;
    entries.delete(oldest);
  }
}
