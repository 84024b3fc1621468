/**
 * The grid of the pipeline's windows, as `iex-dataflow` lays it (src/windows.ts there). Stated again because a program
 * that only reads results should not load Beam; a test compares the two.
 */

/** A window ends every so many milliseconds. */
export const WINDOW_PERIOD_MS = 10_000;

/** Windows end so many milliseconds after a multiple of the period. */
export const WINDOW_OFFSET_MS = 5_000;

/** The end of the newest window that is closed at a time: closed means that its end lies before it, as in the views. */
export function newestClosedWindowEnd(time: number): number {
  const periods = Math.ceil((time - WINDOW_OFFSET_MS) / WINDOW_PERIOD_MS) - 1;
  return periods * WINDOW_PERIOD_MS + WINDOW_OFFSET_MS;
}
