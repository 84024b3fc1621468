import Long from 'long';
import * as beam from '../sdk/beam';

/** A new window begins every so many seconds. */
export const WINDOW_PERIOD_SECONDS = 10;

/** Windows begin so many seconds after a full period, so that a loop's quotes fall inside them, not on their edges. */
export const WINDOW_OFFSET_SECONDS = 5;

/** The sliding windows of a resolution: 60 s long for each minute, so that every quote lies in six of them a minute. */
export function resolutionWindows(resolutionMinutes: number) {
  return beam.slidingWindows(
    60 * resolutionMinutes,
    WINDOW_PERIOD_SECONDS,
    // The SDK multiplies the offset as a Long and fails on a number.
    Long.fromNumber(WINDOW_OFFSET_SECONDS),
  );
}
