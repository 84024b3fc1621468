/** Length of one step of the walk, in ms. */
const STEP_MS = 1_000;

/** Standard deviation of one step's return. */
const STEP_DEVIATION = 0.001;

/** A walk returns to its starting price after 2 to the power of this many steps, 18 hours. */
const BRIDGE_LEVELS = 16;

const BRIDGE_STEPS = 2 ** BRIDGE_LEVELS;

/** Starting prices lie between these, in dollars. */
const LOWEST_START = 5;
const HIGHEST_START = 500;

/**
 * The price of a symbol (dollars and cents, within the contract's bounds) at a moment (ms since the
 * Unix epoch).
 */
export type PriceAt = (symbol: string, time: number) => number;

/**
 * A random walk for each symbol, as a pure function of seed, symbol and time: any moment can be
 * computed, in any order, at the same cost, and a restart changes nothing.
 *
 * The logarithm of a price is a Brownian bridge in Lévy's construction: its ends are fixed at 0,
 * and each midpoint lies between its neighbours plus a normal deviate that is drawn from a hash of
 * the point's own place. 16 halvings lead to any second of 18 hours.
 */
export function createPrices(seed: number): PriceAt {
  const walks = new Map<string, { readonly key: number; readonly start: number }>();

  const walkOf = (symbol: string) => {
    const known = walks.get(symbol);
    if (known) return known;
    const key = hashText(`${seed}/${symbol}`);
    // Spread by ratio and not by difference: cheap shares are as likely as expensive ones.
    const start = LOWEST_START * (HIGHEST_START / LOWEST_START) ** uniform(key);
    const walk = { key, start };
    walks.set(symbol, walk);
    return walk;
  };

  return (symbol, time) => {
    const { key, start } = walkOf(symbol);
    const step = Math.floor(time / STEP_MS);
    const bridge = Math.floor(step / BRIDGE_STEPS);
    const logReturn = bridgeAt(hash(key, bridge), step - bridge * BRIDGE_STEPS);
    return Math.round(start * Math.exp(logReturn) * 100) / 100;
  };
}

/** The bridge of that key at `position`, 0 <= position < BRIDGE_STEPS. */
function bridgeAt(key: number, position: number): number {
  let [left, right] = [0, BRIDGE_STEPS];
  let [leftValue, rightValue] = [0, 0];
  while (left < position) {
    const middle = (left + right) / 2;
    // A midpoint's variance, its neighbours given, is a quarter of the distance between them.
    const deviation = STEP_DEVIATION * Math.sqrt((right - left) / 4);
    const value = (leftValue + rightValue) / 2 + deviation * normal(hash(key, middle));
    if (position < middle) [right, rightValue] = [middle, value];
    else [left, leftValue] = [middle, value];
  }
  return leftValue;
}

/** A standard normal deviate drawn from a hash (Box and Muller's transform). */
function normal(key: number): number {
  return Math.sqrt(-2 * Math.log(uniform(key))) * Math.cos(2 * Math.PI * uniform(hash(key, 1)));
}

/** A number in (0, 1) from a hash. */
function uniform(key: number): number {
  return (key + 0.5) / 2 ** 32;
}

/** Hashes a key with a number into 32 bits: a step and the finalizer of MurmurHash3. */
function hash(key: number, value: number): number {
  let mixed = key ^ Math.imul(value + 0x9e3779b9, 0xcc9e2d51);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hashText(text: string): number {
  let key = 0;
  for (const character of text) key = hash(key, character.codePointAt(0) ?? 0);
  return key;
}
