import { systemClock } from 'iex-cli/clock';
import { parseMessage } from 'iex-dataflow/quote';
import type { Input } from '../replay/input/input.js';
import { openQuotes } from '../replay/input/quote-file.js';
import { Reasons } from '../replay/reasons.js';
import { refuse } from '../replay/refused.js';
import { Pace } from './pace.js';
import { progressFile } from './progress-file.js';
import { QuoteIds } from './quote-ids.js';
import type { OutgoingMessage, TopicPublisher } from './topic-publisher.js';

/** The most messages of a request, and about how many bytes of payload. */
const MOST_MESSAGES = 1000;
const MOST_BYTES = 1_000_000;

/** The counts of a run so far. */
export interface PublishProgress {
  bytes: number;
  lines: number;
  published: number;
  /** Lines that an earlier run has published or refused. */
  skipped: number;
  /** Lines that are not quotes, so that the pipeline would refuse them. */
  refused: number;
  reasons: Reasons;
}

export interface PublishOptions {
  /** Messages per second; by default as fast as the topic takes them. */
  rate?: number | undefined;
  onProgress?: (progress: Readonly<PublishProgress>) => void;
  /** Ends the run after the request under way. */
  signal?: AbortSignal;
}

/**
 * Publishes the quotes of a file. A request is sent when the one before it is accepted, and then
 * the progress is saved: a run that is killed and started again repeats at most one request, with
 * the same ids.
 *
 * @param openInput opens the file; a run that resumes reads its beginning twice
 * @param progressFolder of the files that remember what is published
 * @throws {OperationalError} if the file is damaged or has no records, or publishing fails
 */
export async function publishFile(
  openInput: () => Input,
  topic: string,
  publisher: TopicPublisher,
  progressFolder: string,
  { rate, onProgress, signal }: PublishOptions = {},
): Promise<PublishProgress | undefined> {
  const skip = await publishedRecords(openInput(), topic, progressFolder);
  const file = await openQuotes(openInput());
  if (!file) return undefined;
  const progress: PublishProgress = {
    ...{ bytes: 0, lines: 0, published: 0, skipped: 0, refused: 0 },
    reasons: new Reasons(),
  };
  const pace = new Pace(systemClock, rate);
  const ids = new QuoteIds();
  let saved: ReturnType<typeof progressFile> | undefined;
  let batch: OutgoingMessage[] = [];
  let bytes = 0;
  let room = 0;
  const send = async () => {
    if (batch.length > 0) await publisher.publish(batch);
    saved?.save();
    progress.published += batch.length;
    progress.bytes = file.bytesRead;
    [batch, bytes] = [[], 0];
    onProgress?.(progress);
  };
  try {
    for await (const record of file.records()) {
      saved ??= progressFile(progressFolder, topic, record.digest);
      const quoteId = ids.next(record.digest);
      if (progress.lines < skip) {
        saved.add(record.digest);
        progress.lines += 1;
        progress.skipped += 1;
        continue;
      }
      const read = record.refusal
        ? { deadLetter: refuse(record, record.refusal) }
        : parseMessage(record.payload, undefined);
      if ('deadLetter' in read) {
        progress.refused += 1;
        progress.reasons.add(read.deadLetter.reason);
      } else {
        if (room === 0) room = await pace.take(MOST_MESSAGES, signal);
        if (room === 0) return progress;
        room -= 1;
        batch.push({ data: record.payload, quoteId });
        bytes += record.payload.length;
      }
      saved.add(record.digest);
      progress.lines += 1;
      if (batch.length === 0 || (room > 0 && bytes < MOST_BYTES)) continue;
      await send();
      if (signal?.aborted) return progress;
    }
    await send();
  } finally {
    file.close();
  }
  return progress;
}

/** How many of the file's first records have been published to the topic. */
async function publishedRecords(input: Input, topic: string, folder: string): Promise<number> {
  // A stream can be read only once.
  if (!input.path) return 0;
  const file = await openQuotes(input);
  if (!file) return 0;
  try {
    let same: ReturnType<typeof progressFile> | undefined;
    for await (const { digest } of file.records()) {
      same ??= progressFile(folder, topic, digest);
      const { saved } = same;
      if (!saved) return 0;
      if (same.add(digest) < saved.records) continue;
      return same.state().digest === saved.digest ? saved.records : 0;
    }
    return 0;
  } finally {
    file.close();
  }
}
