import type { StockWindow } from '../../src/server/api.js';

/** When a window begins (inclusive) and ends (exclusive), in milliseconds since the epoch. */
export function spanOf({ windowEnd, resolutionMinutes }: StockWindow): {
  from: number;
  to: number;
} {
  return { from: windowEnd - 60_000 * resolutionMinutes, to: windowEnd };
}
