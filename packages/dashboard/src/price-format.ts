const money = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** From this price on two decimals are enough. */
const ONE_DOLLAR = 1;

/** Below this price a reader would have to count zeros. */
const SMALLEST_DECIMAL = 1e-7;

/**
 * Writes a price in dollars, without the sign: with cents from a dollar on, below with four
 * significant digits and at least four decimals. Examples: 1,234.50, 0.8700, 0.0000087, 8.7e-9.
 */
export function formatPrice(price: number): string {
  if (price >= ONE_DOLLAR) return money.format(price);
  if (price === 0) return price.toFixed(4);
  if (price < SMALLEST_DECIMAL) return String(Number(price.toPrecision(4)));
  const decimals = Math.max(4, 3 - Math.floor(Math.log10(price)));
  return price.toFixed(decimals).replace(/(\.\d{4}\d*?)0+$/, '$1');
}
