import { z } from 'zod';

/**
 * The lowest valid price in dollars: no share or coin costs less. Together, the two bounds keep all
 * results that are computed from prices finite and, if prices differ, not 0: a gain is at most 100
 * * 1e9 / 1e-12 %, and the sum of any number of prices in a window does not overflow.
 */
export const LOWEST_PRICE = 1e-12;

/** A price must be below this, in dollars: no share costs as much. */
export const PRICE_LIMIT = 1e9;

/** A price that can be true, in dollars. */
export const priceSchema = z
  .number()
  .min(LOWEST_PRICE, `must be at least ${LOWEST_PRICE}`)
  .lt(PRICE_LIMIT, `must be below ${PRICE_LIMIT}`);
