import type { BatchOutput } from 'iex-dataflow';

/** What a replay has done so far. */
export interface ReplayProgress {
  bytes: number;
  lines: number;
  quotes: number;
  rows: number;
  deadLetters: number;
  /** Lines that were in the database already. */
  repeated: number;
}

export interface ReplayOptions {
  /** Told after each batch that is committed. */
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
});

/** Counts a batch whose new lines are committed. */
export function addBatch(
  progress: ReplayProgress,
  batch: { lines: number; bytes: number },
  newLines: number,
  { rows, deadLetters }: BatchOutput,
): void {
  progress.bytes += batch.bytes;
  progress.lines += batch.lines;
  progress.quotes += newLines - deadLetters.length;
  progress.rows += rows.length;
  progress.deadLetters += deadLetters.length;
  progress.repeated += batch.lines - newLines;
}
