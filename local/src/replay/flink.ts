import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { resolutions } from 'iex-contract/infrastructure';
import type { BatchOutput } from 'iex-dataflow';
import {
  dropPart,
  type FlinkJobOptions,
  JobError,
  processParts,
  readOutput,
  writeInput,
} from 'iex-dataflow/flink';
import { newPartFolder } from '../part-folder.js';
import type { KnownLines } from '../store/known-lines.js';
import { messagesPerTransaction } from '../store/row-limit.js';
import type { Store } from '../store/store.js';
import type { StoreWriter } from '../store/writer.js';
import { readBatches } from './batches.js';
import type { QuoteFile } from './input/quote-file.js';
import { addBatch, noProgress, type ReplayOptions, type ReplayProgress } from './progress.js';
import { splitRefused } from './refused.js';

/** The most lines of a part: few enough that parts divide evenly among workers. */
const MOST_LINES = 300;

/** What a part that Flink is given holds of the file. */
interface Part {
  lines: number;
  bytes: number;
}

/**
 * Does the same as the direct runner's replay, on Flink. The new lines are written in parts, from
 * which Flink's workers make rows. These are committed part by part as they appear, each together
 * with the digests of its lines. Parts that are not committed when a replay is interrupted are
 * processed again by the next one.
 *
 * @param database the store's file; the folder of the parts is created next to it
 * @throws {OperationalError} if the file is damaged, Java or Maven is missing, the cluster does not
 *   respond, or the job fails
 */
export async function replayOnFlink(
  file: QuoteFile,
  store: Store,
  database: string,
  { master, onProgress, signal }: ReplayOptions & Pick<FlinkJobOptions, 'master'> = {},
): Promise<ReplayProgress> {
  const progress = noProgress();
  const folder = await newPartFolder(database, 'replay');
  const writer = await store.writer();
  const known = await store.knownLines();
  let failed = false;
  try {
    const parts = await layOut(file, known, writer, folder, progress);
    onProgress?.(progress);
    if (parts.length === 0 || signal?.aborted) return progress;
    const job = { folder, parts: parts.length, resolutions, master };
    for await (const number of processParts(job)) {
      if (signal?.aborted) break;
      const part = parts[number] as Part;
      const output = await commitPart(writer, folder, number);
      addBatch(progress, { ...part, fresh: { length: part.lines } }, output);
      onProgress?.(progress);
    }
  } catch (error) {
    // Whatever happened to a job that is not wanted any more does not matter.
    if (signal?.aborted) return progress;
    if (!(error instanceof JobError)) throw error;
    failed = true;
    throw new JobError(`${error.message} (logs: ${folder})`, { cause: error });
  } finally {
    known.close();
    writer.close();
    if (!failed) await rm(folder, { recursive: true, force: true });
  }
  return progress;
}

const digestsFile = (folder: string, part: number) => join(folder, 'digests', `${part}.json`);

/** Writes the new lines, in parts, and their digests. Commits those refused before the pipeline. */
async function layOut(
  file: QuoteFile,
  known: KnownLines,
  writer: StoreWriter,
  folder: string,
  progress: ReplayProgress,
): Promise<Part[]> {
  await mkdir(dirname(digestsFile(folder, 0)));
  const parts: Part[] = [];
  const partLines = messagesPerTransaction(resolutions, MOST_LINES);
  for await (const { fresh, lines, bytes } of readBatches(file, known, partLines)) {
    const { good, refused } = splitRefused(fresh);
    const output = { rows: [], deadLetters: refused };
    const refusedLines = fresh.filter(({ refusal }) => refusal);
    if (refused.length > 0) await writer.commitLines(refusedLines, output);
    addBatch(progress, { lines: lines - good.length, bytes: 0, fresh: refusedLines }, output);
    if (good.length === 0) {
      progress.bytes += bytes;
      continue;
    }
    await writeInput(folder, parts.length, good);
    const digests = good.map(({ digest }) => String(digest));
    await writeFile(digestsFile(folder, parts.length), JSON.stringify(digests));
    parts.push({ lines: good.length, bytes });
  }
  return parts;
}

/** Commits the output of a part, and deletes its files. */
async function commitPart(writer: StoreWriter, folder: string, part: number): Promise<BatchOutput> {
  const digests = JSON.parse(await readFile(digestsFile(folder, part), 'utf8')) as string[];
  const output = await readOutput(folder, part);
  await writer.commitLines(
    digests.map((digest) => ({ digest: BigInt(digest) })),
    output,
  );
  await dropPart(folder, part);
  await rm(digestsFile(folder, part));
  return output;
}
