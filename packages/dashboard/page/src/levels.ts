/** How good a figure is. */
export type Level = 'good' | 'warning' | 'critical' | 'unknown';

/** The names of the levels, for people who do not see their colours or signs. */
export const LEVEL_WORDS: Record<Level, string> = {
  good: 'good',
  warning: 'needs attention',
  critical: 'critical',
  unknown: 'not known yet',
};

/**
 * Quotes come, and windows close, every 10 s; two in a row may be late before it is worth a look.
 * Milliseconds.
 */
const AGE = { warning: 25_000, critical: 60_000 };

/** Dead letters in the last hour. */
const DEAD_LETTERS = { warning: 1, critical: 100 };

function levelOf(
  value: number,
  { warning, critical }: { warning: number; critical: number },
): Level {
  if (value >= critical) return 'critical';
  return value >= warning ? 'warning' : 'good';
}

/**
 * @param age of the newest quote, or of the newest closed window that has quotes, in milliseconds;
 *   null if there is none
 */
export function ageLevel(age: number | null): Level {
  return age === null ? 'unknown' : levelOf(age, AGE);
}

/** @param rate of quotes or rows, a second */
export function rateLevel(rate: number): Level {
  return rate > 0 ? 'good' : 'warning';
}

/** @param lastHour number of dead letters in the last hour */
export function deadLetterLevel(lastHour: number): Level {
  return levelOf(lastHour, DEAD_LETTERS);
}

/** Whether the data shown is out of date. */
export function isStale(age: number | null): boolean {
  return ageLevel(age) === 'critical';
}
