import { WINDOW_OFFSET_SECONDS, WINDOW_PERIOD_SECONDS } from 'iex-contract';
import Long from 'long';
import * as beam from '../sdk/beam';
import { assignWindows, type SlidingWindows } from './steps';

/** The sliding windows of a resolution, which are 60 s long for each minute. */
export function resolutionWindows(resolutionMinutes: number): beam.WindowFn<beam.IntervalWindow> {
  const sliding = beam.slidingWindows(
    60 * resolutionMinutes,
    WINDOW_PERIOD_SECONDS,
    // The SDK multiplies the offset as a Long and fails on a number.
    Long.fromNumber(WINDOW_OFFSET_SECONDS),
  );
  const windows: SlidingWindows = { ...sliding, sliding, assignWindows };
  return windows;
}
