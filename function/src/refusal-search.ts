import { type QuoteClient, SHORTEST_ATTEMPT_MS } from './fetch-quotes.js';
import type { Logger } from './log.js';
import { type Miss, type MissReason, QuoteError } from './quote-sources/source.js';
import { ASIDE_MS, groupOf, type SuspectGroup } from './refused-symbols.js';

/** After this many refused requests and none accepted, a few symbols cannot be the reason. */
const MAX_FUTILE_REQUESTS = 20;

/** How long (ms) a batch is not searched again after a search in which no request was accepted. */
const SEARCH_PAUSE_MS = 60_000;

/** Why a search ends before it has asked for all symbols. */
const GOES_ON = new QuoteError('refused', 'the search for the refused symbols continues later');
const FUTILE = new QuoteError('refused', 'the quote API refuses all requests for these symbols');

/**
 * Plans the requests for a batch of which the API may refuse some symbols, and the whole request
 * with them. It takes out the symbols that the API names, or else halves what is refused. If the
 * time of the slot or the number of requests does not suffice, the next search for these symbols
 * continues with what this one has learned.
 *
 * A symbol is set aside only if the API names it, or refuses it alone and accepts others meanwhile:
 * the responses of an API that refuses everything are no evidence against a symbol.
 */
export class RefusalSearch {
  readonly #client: QuoteClient;
  readonly #log: Logger;
  readonly #isSingle: boolean;
  /** What is still to be asked for, a request for each group. */
  #queue: SuspectGroup[];
  readonly #misses = new Map<string, Miss>();
  /** The symbols that the API refuses alone. */
  readonly #refusedAlone = new Map<string, QuoteError>();
  #requests = 0;
  /**
   * How many requests were refused, those of earlier slots included, that did not name a symbol.
   */
  #refusals: number;
  #hasAccepted = false;
  /** Why the rest of the queue is not asked for any more. */
  #stop: QuoteError | undefined;

  constructor(symbols: readonly string[], client: QuoteClient, log: Logger) {
    this.#client = client;
    this.#log = log;
    this.#isSingle = symbols.length === 1;
    const divided = client.refusedSymbols.divide(symbols, client.clock.now());
    for (const [symbol, missed] of divided.refused) {
      this.#misses.set(symbol, { missed, isLogged: true });
    }
    this.#queue = [...divided.suspects];
    this.#refusals = Math.max(0, ...divided.suspects.map(({ refusals }) => refusals));
    if (divided.clear.length > 0) this.#queue.unshift(groupOf(divided.clear));
  }

  /** The symbols of the next request; `undefined` if there is none before `deadline`. */
  next(deadline: number): SuspectGroup | undefined {
    if (this.#queue.length === 0 || this.#stop) return undefined;
    if (this.#requests > 0) this.#stop = this.#reasonToStop(deadline);
    if (this.#stop) return undefined;
    this.#requests++;
    return this.#queue.shift();
  }

  /** Notes that the API has accepted the request for a group. */
  accept(group: SuspectGroup): void {
    this.#hasAccepted = true;
    this.#client.refusedSymbols.accept(group.symbols);
  }

  /** Notes that the request for a group has brought nothing. */
  fail(group: SuspectGroup, error: QuoteError): void {
    const { refusal, reason, message } = error;
    if (!refusal || this.#isSingle) {
      this.#stop = error;
      this.#queue.unshift(group);
    } else if (refusal.named.length > 0) {
      for (const symbol of refusal.named) this.#setAside(symbol, 'unknown_symbol', message);
      const others = group.symbols.filter((symbol) => !refusal.named.includes(symbol));
      if (others.length > 0) this.#queue.unshift({ ...group, symbols: others });
    } else {
      this.#refusals++;
      const [symbol] = group.symbols;
      if (symbol !== undefined && group.symbols.length === 1) {
        this.#refusedAlone.set(symbol, error);
      } else if (this.#client.clock.now() >= group.searchFrom) {
        this.#queue.unshift(...halvesOf(group.symbols));
      } else {
        for (const symbol of group.symbols) {
          this.#miss(symbol, group.reasons.get(symbol) ?? reason, message);
        }
      }
    }
  }

  /** Remembers what was learned, and returns the symbols that were missed. */
  end(): ReadonlyMap<string, Miss> {
    for (const symbol of this.#queue.flatMap(({ symbols }) => symbols)) {
      this.#miss(symbol, this.#stop?.reason, this.#stop?.message);
    }
    for (const [symbol, { reason, message }] of this.#refusedAlone) {
      if (this.#hasAccepted) this.#setAside(symbol, reason, message);
      else this.#miss(symbol, reason, message);
    }
    if (this.#refusals > 0) this.#rememberSuspects();
    return this.#misses;
  }

  #rememberSuspects(): void {
    const { clock, refusedSymbols } = this.#client;
    const reasons = new Map(
      [...this.#refusedAlone].map(([symbol, { reason }]) => [symbol, reason]),
    );
    if (this.#hasAccepted) {
      for (const group of this.#queue) refusedSymbols.suspect({ ...group, refusals: 0 });
    } else if (this.#stop === undefined || this.#stop === FUTILE) {
      const left = this.#queue.flatMap(({ symbols }) => symbols);
      const searchFrom = clock.now() + SEARCH_PAUSE_MS;
      refusedSymbols.suspect({ ...groupOf([...reasons.keys(), ...left]), searchFrom, reasons });
    } else {
      const alone = [...reasons.keys()].map((symbol) => groupOf([symbol]));
      for (const group of [...this.#queue, ...alone]) {
        refusedSymbols.suspect({ ...group, refusals: this.#refusals });
      }
    }
  }

  #reasonToStop(deadline: number): QuoteError | undefined {
    const { clock, refusedSymbols } = this.#client;
    if (!this.#hasAccepted && this.#refusals >= MAX_FUTILE_REQUESTS) return FUTILE;
    const isLate = clock.now() + SHORTEST_ATTEMPT_MS > deadline;
    return isLate || !refusedSymbols.takeSearchRequest(clock.now()) ? GOES_ON : undefined;
  }

  #miss(symbol: string, missed: MissReason = 'refused', detail = ''): void {
    this.#misses.set(symbol, { missed, detail });
  }

  #setAside(symbol: string, reason: MissReason, detail: string): void {
    const { clock, refusedSymbols } = this.#client;
    this.#misses.set(symbol, { missed: reason, isLogged: true });
    if (!refusedSymbols.refuse(symbol, reason, clock.now())) return;
    const minutes = ASIDE_MS / 60_000;
    this.#log.warning(`set a symbol aside for ${minutes} min: the quote API refuses it`, {
      symbol,
      reason,
      detail,
    });
  }
}

/** Takes every second symbol for each half, so that wrong ones in a row are spread evenly. */
function halvesOf(symbols: readonly string[]): SuspectGroup[] {
  return [0, 1].map((parity) => groupOf(symbols.filter((_, index) => index % 2 === parity)));
}
