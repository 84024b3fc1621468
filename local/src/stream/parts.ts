import { setTimeout as delay } from 'node:timers/promises';
import type { BatchOutput } from 'iex-dataflow';
import {
  dropPart,
  outputsIn,
  type PartOutput,
  readOutput,
  type Stream,
  writeInput,
} from 'iex-dataflow/flink';
import { countsOf, type RunOptions } from '../runner/run-subscription.js';
import type { ReceivedMessage } from '../runner/subscription-source.js';
import { messagesPerTransaction } from '../store/row-limit.js';

/** The most messages of a part: few enough that parts divide evenly among workers. */
const MOST_MESSAGES = 300;

/** How many parts wait for each worker, so that none has to wait for a part. */
const PARTS_PER_SLOT = 2;

/** How often to look for outputs, in ms. */
const OUTPUT_MS = 50;

/** How often to look for messages if there are no parts under way, in ms. */
const IDLE_MS = 100;

/** How long to wait after a failure of Pub/Sub or of the database, in ms. */
const RETRY_MS = 1000;

/**
 * How long a part may take, in ms, before Flink is considered stuck. A job may need minutes to start
 * on a busy cluster.
 */
const STUCK_MS = 300_000;

/** How long to wait at the end for the parts under way, in ms. */
const DRAIN_MS = 15_000;

interface Part {
  messages: readonly ReceivedMessage[];
  /** In ms, by the monotonic clock. */
  since: number;
}

/** What processes the parts in a folder: a `Stream`. */
type PartProcessor = Pick<Stream, 'slots' | 'runningSince' | 'restart'>;

/**
 * Makes parts of the messages that have arrived, and commits their output. Returns when the stream
 * is to end and the parts under way are committed, or the time is up.
 *
 * @param folder as `createPartFolders` makes it; nothing else writes to it
 * @param stream processes what is in the folder
 * @param now a monotonic clock, in ms
 */
export async function runParts(
  { source, sourceName, writer, resolutions, drain, onCommitted, onError }: RunOptions,
  folder: string,
  stream: PartProcessor,
  now = () => performance.now(),
): Promise<void> {
  const size = messagesPerTransaction(resolutions, MOST_MESSAGES);
  /** The parts under way by number, the oldest first. */
  const parts = new Map<number, Part>();
  let nextPart = 0;

  /** @returns false if there are no messages, or no worker would be free for them soon */
  const layOut = async () => {
    if (drain.aborted || parts.size >= PARTS_PER_SLOT * stream.slots) return false;
    const messages = await source.pull(size);
    if (messages.length === 0) return false;
    const part = nextPart++;
    // Before it is written: a worker may take it at once.
    const since = now();
    await writeInput(folder, part, messages);
    parts.set(part, { messages, since });
    return true;
  };
  const commit = async (part: number, messages: readonly ReceivedMessage[]) => {
    const output = await readOutput(folder, part);
    const committed = await writer.commit(sourceName, messages, async (fresh) =>
      outputOf(fresh, messages, output),
    );
    onCommitted(countsOf(committed));
    await source.acknowledge(messages);
  };
  /** @returns false if no part is finished */
  const commitFinished = async () => {
    if (parts.size === 0) return false;
    const finished = await outputsIn(folder);
    for (const number of finished) {
      const part = parts.get(number);
      // A worker that was replaced may finish a part once more.
      if (part) await commit(number, part.messages);
      await dropPart(folder, number);
      parts.delete(number);
    }
    return finished.length > 0;
  };
  const restartIfStuck = async () => {
    const [oldest] = parts.values();
    if (!oldest || now() - Math.max(oldest.since, stream.runningSince) < STUCK_MS) return;
    await stream.restart(`it has not finished a part for ${STUCK_MS / 60_000} minutes`);
  };

  let end = Number.POSITIVE_INFINITY;
  for (;;) {
    if (drain.aborted) {
      end = Math.min(end, performance.now() + DRAIN_MS);
      if (parts.size === 0 || performance.now() > end) return;
    }
    try {
      const progress = [await layOut(), await commitFinished()];
      if (!progress.includes(true)) await delay(parts.size > 0 ? OUTPUT_MS : IDLE_MS);
      await restartIfStuck();
    } catch (error) {
      onError(error as Error);
      await delay(RETRY_MS);
    }
  }
}

/** The output of some of a part's messages. */
function outputOf<Message>(
  some: readonly Message[],
  all: readonly Message[],
  { rows, deadLetters, rowEnds, deadLetterEnds }: PartOutput,
): BatchOutput {
  if (some.length === all.length) return { rows, deadLetters };
  const wanted = new Set(some);
  const positions = [...all.keys()].filter((i) => wanted.has(all[i] as Message));
  return {
    rows: positions.flatMap((i) => rows.slice(rowEnds[i - 1] ?? 0, rowEnds[i])),
    deadLetters: positions.flatMap((i) =>
      deadLetters.slice(deadLetterEnds[i - 1] ?? 0, deadLetterEnds[i]),
    ),
  };
}
