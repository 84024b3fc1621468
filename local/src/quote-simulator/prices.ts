import { createHash } from 'node:crypto';

/** Length of one step of the walk, in ms. */
const STEP_MS = 1_000;

/** Standard deviation of one step's return. */
const STEP_DEVIATION = 0.001;

/** A walk comes back to its starting price after 2 to this many steps, 18 hours. */
const BRIDGE_LEVELS = 16;

const BRIDGE_STEPS = 2 ** BRIDGE_LEVELS;

/** Starting prices lie between these, in dollars. */
const LOWEST_START = 5;
const HIGHEST_START = 500;

/** The price of a symbol (dollars and cents, above 0) at a moment (ms since the Unix epoch). */
export type PriceAt = (symbol: string, time: number) => number;

/**
 * A random walk for each symbol, as a pure function of seed, symbol and time: any moment can be
 * asked for, in any order, at the same cost, and a restart changes nothing.
 *
 * The logarithm of a price is a Brownian bridge in Lévy's construction: its ends are fixed at 0,
 * and each midpoint lies between its neighbours plus a normal deviate that is drawn from a hash of
 * the point's own place. 16 halvings lead to any second of 18 hours.
 */
export function createPrices(seed: number): PriceAt {
  const startingPrices = new Map<string, number>();

  const startingPrice = (symbol: string): number => {
    const known = startingPrices.get(symbol);
    if (known !== undefined) return known;
    // Spread by ratio and not by difference: cheap shares are as likely as dear ones.
    const ratio = HIGHEST_START / LOWEST_START;
    const price = LOWEST_START * ratio ** uniforms(`${seed}/${symbol}`)[0];
    startingPrices.set(symbol, price);
    return price;
  };

  return (symbol, time) => {
    const step = Math.floor(time / STEP_MS);
    const bridge = Math.floor(step / BRIDGE_STEPS);
    const position = step - bridge * BRIDGE_STEPS;
    const logReturn = bridgeAt(`${seed}/${symbol}/${bridge}`, position);
    return Math.round(startingPrice(symbol) * Math.exp(logReturn) * 100) / 100;
  };
}

/** The bridge of that name at `position`, 0 <= position < BRIDGE_STEPS. */
function bridgeAt(name: string, position: number): number {
  let [left, right] = [0, BRIDGE_STEPS];
  let [leftValue, rightValue] = [0, 0];
  while (left < position) {
    const middle = (left + right) / 2;
    // A midpoint's variance, its neighbours given, is a quarter of the distance between them.
    const deviation = STEP_DEVIATION * Math.sqrt((right - left) / 4);
    const value = (leftValue + rightValue) / 2 + deviation * normal(`${name}/${middle}`);
    if (position < middle) [right, rightValue] = [middle, value];
    else [left, leftValue] = [middle, value];
  }
  return leftValue;
}

/** A standard normal deviate drawn from a name (Box and Muller's transform). */
function normal(name: string): number {
  const [first, second] = uniforms(name);
  return Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * second);
}

/** Two independent numbers in (0, 1) drawn from a name. */
function uniforms(name: string): [number, number] {
  const digest = createHash('sha1').update(name).digest();
  const fraction = (offset: number) => (digest.readUInt32LE(offset) + 0.5) / 2 ** 32;
  return [fraction(0), fraction(4)];
}
