import { createHash } from 'node:crypto';
import { runBatch } from 'iex-dataflow';
import { resolutions } from '../infrastructure.js';
import type { Store } from '../store/store.js';
import { readLines } from './lines.js';

/** How many lines make a batch: as many as the store takes the rows of, 126 each, in one transaction. */
const BATCH_LINES = 900;

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

/**
 * Runs the pipeline, all resolutions at once, over a file of quotes as JSON lines. Every batch is committed on its own:
 * a replay that is broken off and started again goes on where it was.
 *
 * A line is known by its content and by how many lines like it stand before it in its file. So the same file adds
 * nothing when it comes again, nor does a longer one that holds it, while lines that are alike in one file all count.
 */
export async function replay(
  file: string,
  store: Store,
  { onProgress, signal }: ReplayOptions = {},
): Promise<ReplayProgress> {
  const progress = { bytes: 0, lines: 0, quotes: 0, rows: 0, deadLetters: 0, repeated: 0 };
  const writer = await store.writer();
  const commit = async (batch: { id: string; payload: Buffer }[]) => {
    const { messages, rows, deadLetters } = await writer.commit('replay', batch, (fresh) =>
      runBatch(fresh, resolutions),
    );
    progress.lines += batch.length;
    progress.quotes += messages.length - deadLetters.length;
    progress.rows += rows.length;
    progress.deadLetters += deadLetters.length;
    progress.repeated += batch.length - messages.length;
    onProgress?.(progress);
  };

  const occurrences = new Map<string, number>();
  let batch: { id: string; payload: Buffer }[] = [];
  try {
    for await (const payload of readLines(file, (bytes) => {
      progress.bytes += bytes;
    })) {
      const digest = createHash('sha256').update(payload).digest('base64url');
      const occurrence = (occurrences.get(digest) ?? 0) + 1;
      occurrences.set(digest, occurrence);
      batch.push({ id: `${digest}#${occurrence}`, payload });
      if (batch.length === BATCH_LINES) {
        await commit(batch);
        batch = [];
        if (signal?.aborted) return progress;
      }
    }
    await commit(batch);
  } finally {
    writer.close();
  }
  return progress;
}
