/** The size of a sparkline, in the units of its view box. */
export const SPARKLINE = { width: 96, height: 24 };

/** A margin, so that the line's ends and its last point are not cut off. */
const MARGIN = 3;

/**
 * The line of a sparkline, as an SVG path: from the lowest price to the highest over the whole
 * height, with a gap if there is no price.
 */
export function sparklinePath(prices: readonly (number | null)[]): string {
  const known = prices.filter((price) => price !== null);
  const lowest = Math.min(...known);
  const range = Math.max(...known) - lowest;
  const x = (SPARKLINE.width - 2 * MARGIN) / Math.max(1, prices.length - 1);
  const height = SPARKLINE.height - 2 * MARGIN;
  let path = '';
  let command = 'M';
  for (const [i, price] of prices.entries()) {
    if (price === null) {
      command = 'M';
      continue;
    }
    const share = range === 0 ? 0.5 : (price - lowest) / range;
    const point = [MARGIN + i * x, MARGIN + (1 - share) * height];
    path += command + point.map((number) => number.toFixed(1)).join(' ');
    command = 'L';
  }
  return path;
}

/** The end of a path that `sparklinePath` made, for its last point; undefined for an empty one. */
export function pathEnd(path: string): { x: string; y: string } | undefined {
  const [, x, y] = /([\d.]+) ([\d.]+)$/.exec(path) ?? [];
  return x === undefined || y === undefined ? undefined : { x, y };
}
