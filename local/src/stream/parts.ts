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
import type { RunOptions } from '../runner/run-subscription.js';
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

/** The parts under way, from their messages to their rows. */
export class Parts {
  readonly #options: RunOptions;
  readonly #folder: string;
  readonly #stream: PartProcessor;
  readonly #now: () => number;
  readonly #size: number;
  /** By number, the oldest first. */
  readonly #parts = new Map<number, Part>();
  #nextPart = 0;

  /**
   * @param folder as `createPartFolders` makes it; nothing else writes to it
   * @param stream processes what is in the folder
   * @param now a monotonic clock, in ms
   */
  constructor(
    options: RunOptions,
    folder: string,
    stream: PartProcessor,
    now = () => performance.now(),
  ) {
    this.#now = now;
    this.#options = options;
    this.#folder = folder;
    this.#stream = stream;
    this.#size = messagesPerTransaction(options.resolutions, MOST_MESSAGES);
  }

  /** Returns when the stream is to end and the parts under way are committed, or the time is up. */
  async run(): Promise<void> {
    const { drain, onError } = this.#options;
    let end = Number.POSITIVE_INFINITY;
    for (;;) {
      if (drain.aborted) {
        end = Math.min(end, performance.now() + DRAIN_MS);
        if (this.#parts.size === 0 || performance.now() > end) return;
      }
      try {
        const progress = [await this.#layOut(), await this.#commitFinished()];
        if (!progress.includes(true)) await delay(this.#parts.size > 0 ? OUTPUT_MS : IDLE_MS);
        await this.#restartIfStuck();
      } catch (error) {
        onError(error as Error);
        await delay(RETRY_MS);
      }
    }
  }

  /**
   * Writes the messages that have arrived as a part.
   *
   * @returns false if there are none, or no worker would be free for it soon
   */
  async #layOut(): Promise<boolean> {
    const { source, drain } = this.#options;
    if (drain.aborted || this.#parts.size >= PARTS_PER_SLOT * this.#stream.slots) return false;
    const messages = await source.pull(this.#size);
    if (messages.length === 0) return false;
    const part = this.#nextPart++;
    // Before it is written: a worker may take it at once.
    const since = this.#now();
    await writeInput(this.#folder, part, messages);
    this.#parts.set(part, { messages, since });
    return true;
  }

  /** Commits and acknowledges the parts that are finished; returns false if there are none. */
  async #commitFinished(): Promise<boolean> {
    if (this.#parts.size === 0) return false;
    const finished = await outputsIn(this.#folder);
    for (const number of finished) {
      const part = this.#parts.get(number);
      // A worker that was replaced may finish a part once more.
      if (part) await this.#commit(number, part.messages);
      await dropPart(this.#folder, number);
      this.#parts.delete(number);
    }
    return finished.length > 0;
  }

  async #commit(part: number, messages: readonly ReceivedMessage[]): Promise<void> {
    const { source, sourceName, writer, onCommitted } = this.#options;
    const output = await readOutput(this.#folder, part);
    const committed = await writer.commit(sourceName, messages, async (fresh) =>
      outputOf(fresh, messages, output),
    );
    onCommitted({
      quotes: committed.messages.length - committed.deadLetters.length,
      rows: committed.rows.length,
      deadLetters: committed.deadLetters.length,
    });
    await source.acknowledge(messages);
  }

  async #restartIfStuck(): Promise<void> {
    const [oldest] = this.#parts.values();
    if (!oldest) return;
    const since = Math.max(oldest.since, this.#stream.runningSince);
    if (this.#now() - since < STUCK_MS) return;
    await this.#stream.restart(`it has not finished a part for ${STUCK_MS / 60_000} minutes`);
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
