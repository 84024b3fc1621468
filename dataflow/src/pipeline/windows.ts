import { WINDOW_OFFSET_SECONDS, WINDOW_PERIOD_SECONDS } from 'iex-contract';
import Long from 'long';
import * as beam from '../sdk/beam';

const PERIOD_MS = 1000 * WINDOW_PERIOD_SECONDS;
const OFFSET_MS = 1000 * WINDOW_OFFSET_SECONDS;

/** The windows as the SDK assigns them, and those that were assigned last. */
interface CachedWindows extends beam.WindowFn<beam.IntervalWindow> {
  sliding: beam.WindowFn<beam.IntervalWindow>;
  last?: { periodStart: number; windows: beam.IntervalWindow[] };
}

/** The sliding windows of a resolution, which are 60 s long for each minute. */
export function resolutionWindows(resolutionMinutes: number): beam.WindowFn<beam.IntervalWindow> {
  const sliding = beam.slidingWindows(
    60 * resolutionMinutes,
    WINDOW_PERIOD_SECONDS,
    // The SDK multiplies the offset as a Long and fails on a number.
    Long.fromNumber(WINDOW_OFFSET_SECONDS),
  );
  const cached: CachedWindows = { ...sliding, sliding, assignWindows };
  return cached;
}

/**
 * All timestamps of a period have the same windows, and the quotes of a slot arrive together.
 * Creating the windows for each quote would take a third of the pipeline's time.
 */
function assignWindows(this: CachedWindows, timestamp: Long): beam.IntervalWindow[] {
  const time = timestamp.toNumber();
  const periodStart = time - ((time - OFFSET_MS) % PERIOD_MS);
  if (this.last?.periodStart !== periodStart) {
    const windows = this.sliding.assignWindows(Long.fromNumber(periodStart));
    this.last = { periodStart, windows };
  }
  return this.last.windows;
}

beam.requireForSerialization('iex-dataflow/dist/pipeline/windows', { assignWindows });
