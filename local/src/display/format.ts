/** A price with two decimals, or with up to six if it is below one. */
export function formatPrice(price: number): string {
  return price.toLocaleString('en', {
    minimumFractionDigits: 2,
    maximumFractionDigits: price < 1 ? 6 : 2,
  });
}

/** A gain in percent, with its sign; a dash if it is unknown. */
export function formatGain(percentage: number | null): string {
  if (percentage === null) return '–';
  return `${percentage.toLocaleString('en', {
    signDisplay: 'exceptZero',
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  })} %`;
}

/** The time of day in UTC. */
export function formatTime(millisecondsSinceEpoch: number): string {
  return `${new Date(millisecondsSinceEpoch).toISOString().slice(11, 19)}Z`;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}
