const MINUS = '\u2212';
const NO_VALUE = '\u2013';

const percent = new Intl.NumberFormat('en', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
/** A gain in percent from here on is written as a power of ten, so that it fits its column. */
const LONG_GAIN = 1e6;
const integer = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** Which way a gain goes, as it is shown: one that rounds to zero is flat. */
export function direction(gain: number | null): 'up' | 'down' | 'flat' {
  if (gain === null || Math.abs(gain) < 0.005) return 'flat';
  return gain > 0 ? 'up' : 'down';
}

/** A gain in percent, with sign and arrow, so that it can be read without colour. */
export function formatGain(gain: number | null): string {
  if (gain === null) return NO_VALUE;
  const size = Math.abs(gain);
  const digits = `${size < LONG_GAIN ? percent.format(size) : size.toPrecision(3)}\u202f%`;
  return { up: `▲ +${digits}`, down: `▼ ${MINUS}${digits}`, flat: digits }[direction(gain)];
}

/**
 * A text that anyone may have sent, with invisible characters and those that reverse the direction
 * of others replaced by their code points. Line breaks and tabs stay.
 */
export function formatText(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16).toUpperCase().padStart(4, '0')}}`;
  });
}

/** A count. */
export function formatCount(count: number): string {
  return integer.format(count);
}

/** A rate per second, with one decimal if it is below 100. */
export function formatRate(rate: number): string {
  return (rate < 100 ? tenth : integer).format(rate);
}

/** A duration in its largest unit. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  const days = Math.floor(seconds / 86_400);
  return days < 2 * 365 ? `${days} days` : `${Math.floor(days / 365.25)} years`;
}

/** A time of day in the viewer's time zone, with the date if it is not today's. */
export function formatTime(time: number, now: number): string {
  const date = day.format(time);
  return date === day.format(now) ? clock.format(time) : `${date}, ${clock.format(time)}`;
}

/** A range of time in the viewer's time zone, with the date if it is not today's. */
export function formatRange(from: number, to: number, now: number): string {
  const sameDay = day.format(from) === day.format(to);
  return `${formatTime(from, now)} \u2013 ${sameDay ? clock.format(to) : formatTime(to, now)}`;
}

/** A time in UTC, for tooltips. */
export function formatUtc(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A range of time in UTC. */
export function formatUtcRange(from: number, to: number): string {
  return `${formatUtc(from)} to ${formatUtc(to)}`;
}

/** The length of a window. */
export function formatResolution(minutes: number): string {
  return `${minutes} min`;
}

/** How a rank changed since the previous window, as a sign and in words. */
export function rankChange(
  rank: number,
  previousRank: number | null,
  hadRanking: boolean,
): { sign: string; words: string; direction: 'up' | 'down' | 'flat' } {
  if (!hadRanking) return { sign: NO_VALUE, words: 'no previous window', direction: 'flat' };
  if (previousRank === null) return { sign: 'new', words: 'new in the top three', direction: 'up' };
  const places = previousRank - rank;
  if (places === 0) return { sign: '=', words: 'unchanged', direction: 'flat' };
  return places > 0
    ? { sign: `▲ ${places}`, words: `up ${places}`, direction: 'up' }
    : { sign: `▼ ${-places}`, words: `down ${-places}`, direction: 'down' };
}
