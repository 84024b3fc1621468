import { z } from 'zod';

/** The ways in which a response can be wrong. */
const faultSchema = z.discriminatedUnion('kind', [
  /**
   * The rate limit is reached. `retryAfter` is the header's number of seconds; some APIs report the
   * limit with status 200.
   */
  z.strictObject({
    kind: z.literal('throttled'),
    retryAfter: z.int().nonnegative().optional(),
    status: z.literal([200, 429]).optional(),
  }),
  /** The API responds with this 5xx, 500 by default. */
  z.strictObject({ kind: z.literal('serverError'), status: z.int().min(500).max(599).optional() }),
  /** The API never responds. */
  z.strictObject({ kind: z.literal('timeout') }),
  /** The API responds after this many ms. */
  z.strictObject({ kind: z.literal('slow'), ms: z.int().nonnegative().max(600_000) }),
  /** The API closes the connection without a response. */
  z.strictObject({ kind: z.literal('connectionReset') }),
  /** The API responds with a page of HTML and status 200. */
  z.strictObject({ kind: z.literal('html') }),
  /** The quote lacks its price. */
  z.strictObject({ kind: z.literal('missingPrice') }),
  /** The quote's price is null. */
  z.strictObject({ kind: z.literal('nullPrice') }),
  /** The API does not know the symbol. */
  z.strictObject({ kind: z.literal('unknownSymbol') }),
  /** The API responds with this 4xx, 404 by default, to every request that names the symbol. */
  z.strictObject({
    kind: z.literal('refusedSymbol'),
    status: z.int().min(400).max(499).optional(),
  }),
]);

export type Fault = z.output<typeof faultSchema>;

/** A fault as it is switched on over HTTP; without a symbol it applies to all of them. */
export const faultOrderSchema = z.object({
  fault: faultSchema,
  symbol: z.string().min(1).optional(),
});

/** The faults that are switched on. */
export class Faults {
  #general: Fault | undefined;
  readonly #bySymbol = new Map<string, Fault>();

  /** Switches a fault on, or off with `undefined`; without a symbol for all that have none. */
  set(fault: Fault | undefined, symbol?: string): void {
    if (symbol === undefined) this.#general = fault;
    else if (fault) this.#bySymbol.set(symbol.toUpperCase(), fault);
    else this.#bySymbol.delete(symbol.toUpperCase());
  }

  clear(): void {
    this.#general = undefined;
    this.#bySymbol.clear();
  }

  of(symbol: string): Fault | undefined {
    return this.#bySymbol.get(symbol.toUpperCase()) ?? this.#general;
  }

  toJSON() {
    return { all: this.#general ?? null, symbols: Object.fromEntries(this.#bySymbol) };
  }
}
