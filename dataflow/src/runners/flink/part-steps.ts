/**
 * The steps before and after the pipeline on Flink's workers, which are serialized by name.
 *
 * A part is read, run through the pipeline and written within one call of `readPart` or `takePart`:
 * a runner fuses consecutive steps into one stage, which finishes an element before it takes the
 * next. Beam's model does not guarantee that, so each part is checked: every message must have come
 * out, as rows or as a dead letter.
 */
import type { DeadLetter } from '../../pipeline/quote';
import type { QuoteRow } from '../../pipeline/row';
import { requireForSerialization } from '../../sdk/beam';
import { type Message, NO_OUTPUT } from '../messages';
import { abandonmentCheck } from './life-sign';
import { assignedInput, type PartOutput, takeInput, writeOutput } from './part-files';

/** The context of the steps that read parts. */
export interface PartContext {
  folder: string;
  /** How many windows hold a quote. */
  rowsPerQuote: number;
}

const failIfAbandoned = abandonmentCheck();

/** The output so far of the part that is being read. */
let output: PartOutput | undefined;

function outputUnderWay(): PartOutput {
  if (!output) throw new Error('no part is being read: the runner broke up the stage');
  return output;
}

/** The numbers of all parts. */
export function* listParts(_impulse: Uint8Array, { parts }: { parts: number }): Iterable<number> {
  for (let part = 0; part < parts; part++) yield part;
}

/** Puts each part into its own group, because a runner divides groups among its workers. */
export const samePart = (part: number) => part;

/** Emits the messages of the part that the runner assigns to this worker. */
export function* readPart({ key: part }: { key: number }, context: PartContext): Iterable<Message> {
  yield* emit(part, assignedInput(context.folder, part), context);
}

/** Emits the messages of the oldest part that waits, if one does. */
export function* takePart(_tick: Uint8Array, context: PartContext): Iterable<Message> {
  failIfAbandoned(context.folder);
  const taken = takeInput(context.folder);
  if (taken) yield* emit(taken.part, taken.messages, context);
}

/** Emits messages, and writes their output once all have passed the pipeline. */
function* emit(
  part: number,
  messages: readonly Message[],
  { folder, rowsPerQuote }: PartContext,
): Iterable<Message> {
  const rows: QuoteRow[] = [];
  const deadLetters: DeadLetter[] = [];
  const made: PartOutput = { rows, deadLetters, rowEnds: [], deadLetterEnds: [] };
  output = made;
  try {
    for (const message of messages) {
      yield message;
      made.rowEnds.push(rows.length);
      made.deadLetterEnds.push(deadLetters.length);
    }
    const expected = (messages.length - deadLetters.length) * rowsPerQuote;
    if (rows.length !== expected)
      throw new Error(
        `part ${part} made ${rows.length} rows instead of ${expected}: the runner broke up the stage`,
      );
    writeOutput(folder, part, made);
  } finally {
    output = undefined;
  }
}

export const keepRow = (row: QuoteRow) => {
  outputUnderWay().rows.push(row);
  return NO_OUTPUT;
};

export const keepDeadLetter = (deadLetter: DeadLetter) => {
  outputUnderWay().deadLetters.push(deadLetter);
  return NO_OUTPUT;
};

/** The name by which workers load this module. */
export const PART_STEPS = 'iex-dataflow/dist/runners/flink/part-steps';
requireForSerialization(PART_STEPS, {
  listParts,
  samePart,
  readPart,
  takePart,
  keepRow,
  keepDeadLetter,
});
