/** The grid of sliding windows, which the pipeline applies and all readers of its rows rely on. */

/** The time between the ends of two windows, in seconds. */
export const WINDOW_PERIOD_SECONDS = 10;

/**
 * How many seconds after a multiple of the period windows begin and end, so that a loop's quotes
 * fall inside them and not on their edges.
 */
export const WINDOW_OFFSET_SECONDS = 5;

/** The time between the ends of two windows, in milliseconds. */
export const WINDOW_PERIOD_MS = 1000 * WINDOW_PERIOD_SECONDS;

/** How many milliseconds after a multiple of the period windows end. */
export const WINDOW_OFFSET_MS = 1000 * WINDOW_OFFSET_SECONDS;

/**
 * How many rows a quote makes: one for each window that holds it.
 *
 * @param resolutions lengths of the sliding windows, in minutes
 */
export function rowsPerQuote(resolutions: readonly number[]): number {
  const seconds = resolutions.reduce((sum, minutes) => sum + 60 * minutes, 0);
  return seconds / WINDOW_PERIOD_SECONDS;
}

/**
 * The end of the newest window that is closed at a time, both in milliseconds since the epoch. A
 * window is closed if its end lies before that time, as in the views.
 */
export function newestClosedWindowEnd(time: number): number {
  const periods = Math.ceil((time - WINDOW_OFFSET_MS) / WINDOW_PERIOD_MS) - 1;
  return periods * WINDOW_PERIOD_MS + WINDOW_OFFSET_MS;
}
