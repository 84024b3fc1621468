import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { OperationalError } from 'iex-cli/errors';
import { resolutions } from 'iex-contract/infrastructure';
import { dropPart, History, readOutput, writeInput } from 'iex-dataflow/flink';
import { ToolError } from 'iex-dataflow/tools';
import type { Store, StoreWriter } from '../store/store.js';
import { readBatches, SOURCE } from './batches.js';
import { addBatch, noProgress, type ReplayOptions, type ReplayProgress } from './progress.js';

/**
 * How many lines make a part: few enough that parts divide evenly among workers, and that the store takes the rows of
 * one, 126 of a line, in one transaction.
 */
const PART_LINES = 300;

export interface FlinkReplayOptions extends ReplayOptions {
  /** REST address of a Flink session cluster, HOST:PORT; without it, Flink runs on this machine for this replay. */
  master?: string | undefined;
}

/** What stands behind a part that Flink is given. */
interface Part {
  /** Lines of the file, also those that are in the database already and so not given. */
  lines: number;
  bytes: number;
}

/**
 * Does what the direct runner's replay does, on Flink. The new lines are laid out in parts, of which Flink's workers make
 * rows; these are committed part by part as they appear, each together with the ids of its lines. What is not committed
 * when a replay is broken off is made again by the next.
 *
 * @param database the store's file, beside which the parts lie meanwhile
 * @throws {OperationalError} if Java or Maven is missing, the cluster is not there or the job fails
 */
export async function replayOnFlink(
  file: string,
  store: Store,
  database: string,
  { master, onProgress, signal }: FlinkReplayOptions = {},
): Promise<ReplayProgress> {
  const progress = noProgress();
  const folder = await newFolder(database);
  const writer = await store.writer();
  let history: History | undefined;
  let failed = false;
  try {
    const parts = await layOut(file, writer, folder, progress);
    onProgress?.(progress);
    if (parts.length === 0 || signal?.aborted) return progress;
    history = await History.start({ folder, parts: parts.length, resolutions, master });
    for await (const number of history.finishedParts()) {
      if (signal?.aborted) break;
      const part = parts[number] as Part;
      const { messages, ...output } = await commitPart(writer, folder, number);
      addBatch(progress, part, messages.length, output);
      onProgress?.(progress);
    }
  } catch (error) {
    // Ctrl-C reaches what runs for the job too, and it may end before we do.
    if (signal?.aborted) return progress;
    failed = history !== undefined;
    throw asOperational(error, failed ? ` (logs: ${folder})` : '');
  } finally {
    writer.close();
    await history?.stop();
    if (!failed) await rm(folder, { recursive: true, force: true });
  }
  return progress;
}

const FOLDER_ENDING = '.replay-';

/** A new folder beside the database. Those of replays that were killed go: the database can be open but once. */
async function newFolder(database: string): Promise<string> {
  const prefix = `${resolve(database)}${FOLDER_ENDING}`;
  for (const name of await readdir(dirname(prefix))) {
    if (name.startsWith(basename(prefix)))
      await rm(join(dirname(prefix), name), { recursive: true, force: true });
  }
  return await mkdtemp(prefix);
}

const idsFile = (folder: string, part: number) => join(folder, 'ids', `${part}.json`);

/** Writes the lines that are new, in parts, and their ids. */
async function layOut(
  file: string,
  writer: StoreWriter,
  folder: string,
  progress: ReplayProgress,
): Promise<Part[]> {
  await mkdir(dirname(idsFile(folder, 0)));
  const parts: Part[] = [];
  for await (const { lines, bytes } of readBatches(file, PART_LINES)) {
    const fresh = await writer.fresh(SOURCE, lines);
    const part = { lines: lines.length, bytes };
    if (fresh.length === 0) {
      addBatch(progress, part, 0, { rows: [], deadLetters: [] });
      continue;
    }
    await writeInput(
      folder,
      parts.length,
      fresh.map(({ payload }) => payload),
    );
    await writeFile(idsFile(folder, parts.length), JSON.stringify(fresh.map(({ id }) => id)));
    parts.push(part);
  }
  return parts;
}

/** Commits what came of a part, and drops its files. */
async function commitPart(writer: StoreWriter, folder: string, part: number) {
  const ids = JSON.parse(await readFile(idsFile(folder, part), 'utf8')) as string[];
  const output = await readOutput(folder, part);
  const lines = ids.map((id) => ({ id }));
  const committed = await writer.commit(SOURCE, lines, async (fresh) => {
    if (fresh.length < lines.length) throw new Error(`part ${part} is in the database already`);
    return output;
  });
  await dropPart(folder, part);
  await rm(idsFile(folder, part));
  return committed;
}

function asOperational(error: unknown, hint: string): unknown {
  if (!(error instanceof ToolError)) return error;
  return new OperationalError(`${error.message}${hint}`, { cause: error });
}
