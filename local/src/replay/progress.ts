import type { Output } from '../store/writer.js';
import type { Batch } from './batches.js';
import { Reasons } from './reasons.js';

/** The counts of a replay so far. */
export interface ReplayProgress {
  bytes: number;
  lines: number;
  quotes: number;
  rows: number;
  deadLetters: number;
  /** Lines that were in the database already. */
  repeated: number;
  /** Why the dead letters were refused. */
  reasons: Reasons;
}

export interface ReplayOptions {
  /** Called after each batch that is committed. */
  onProgress?: (progress: Readonly<ReplayProgress>) => void;
  /** Ends the replay after the batch under way. */
  signal?: AbortSignal;
}

export const noProgress = (): ReplayProgress => ({
  bytes: 0,
  lines: 0,
  quotes: 0,
  rows: 0,
  deadLetters: 0,
  repeated: 0,
  reasons: new Reasons(),
});

/** A batch, or a part of it, of which only the number of new lines is needed. */
type Counted = Omit<Batch, 'fresh'> & { fresh: { readonly length: number } };

/** Counts a batch whose new lines are committed. */
export function addBatch(
  progress: ReplayProgress,
  { bytes, lines, fresh }: Counted,
  { rows, deadLetters }: Output,
): void {
  progress.bytes += bytes;
  progress.lines += lines;
  progress.quotes += fresh.length - deadLetters.length;
  progress.rows += rows.length;
  progress.deadLetters += deadLetters.length;
  progress.repeated += lines - fresh.length;
  for (const { reason } of deadLetters) progress.reasons.add(reason);
}
