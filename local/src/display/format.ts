import type { Counts } from '../runner/protocol.js';

/** From here on a gain in percent is written by its magnitude, so that it fits its column. */
const LONG_GAIN = 1e6;

/** A gain in percent with its sign, or a dash if there is none. */
export function formatGain(percentage: number | null): string {
  if (percentage === null) return '–';
  if (percentage >= LONG_GAIN) return `+${percentage.toPrecision(3)} %`;
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

/** `quotes 1,200   rows 151,200   dead letters 0` */
export function formatCounts({ quotes, rows, deadLetters }: Counts): string {
  const counts = Object.entries({ quotes, rows, 'dead letters': deadLetters });
  return counts.map(([what, count]) => `${what} ${count.toLocaleString('en')}`).join('   ');
}
