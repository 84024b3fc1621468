/**
 * The steps before and after the pipeline on Flink's workers, which are serialized by name.
 *
 * A part is read, run through the pipeline and written within one call of `readPart`: a runner
 * fuses consecutive steps into one stage, which finishes an element before it takes the next.
 * Beam's model does not guarantee that, so each part is checked: every line must have come out, as
 * rows or as a dead letter.
 */
import Long from 'long';
import type { DeadLetter } from '../../pipeline/quote';
import type { QuoteRow } from '../../pipeline/row';
import { requireForSerialization } from '../../sdk/beam';
import type { BatchOutput } from '../direct/batch';
import { readInput, writeOutput } from './history-files';

/** Beam's lowest timestamp, in ms, for lines that were never published. */
const LEAST_TIMESTAMP = Long.fromString('-9223372036854775');

/** The context of the steps. */
export interface HistoryContext {
  folder: string;
  parts: number;
  /** How many windows hold a quote. */
  rowsPerQuote: number;
}

/** The output so far of the part that is being read. */
let output: BatchOutput | undefined;

function outputUnderWay(): BatchOutput {
  if (!output) throw new Error('no part is being read: the runner broke up the stage');
  return output;
}

/** The numbers of all parts. */
export function* listParts(_impulse: Uint8Array, { parts }: HistoryContext): Iterable<number> {
  for (let part = 0; part < parts; part++) yield part;
}

/** Puts each part into its own group, because a runner divides groups among its workers. */
export const samePart = (part: number) => part;

/** Emits the lines of a part, and writes their output once all have passed the pipeline. */
export function* readPart(
  { key: part }: { key: number },
  { folder, rowsPerQuote }: HistoryContext,
): Iterable<Uint8Array> {
  const rows: QuoteRow[] = [];
  const deadLetters: DeadLetter[] = [];
  output = { rows, deadLetters };
  try {
    let lines = 0;
    for (const line of readInput(folder, part)) {
      yield line;
      lines++;
    }
    const expected = (lines - deadLetters.length) * rowsPerQuote;
    if (rows.length !== expected)
      throw new Error(
        `part ${part} made ${rows.length} rows instead of ${expected}: the runner broke up the stage`,
      );
    writeOutput(folder, part, { rows, deadLetters });
  } finally {
    output = undefined;
  }
}

export const neverPublished = () => LEAST_TIMESTAMP;

export const keepRow = (row: QuoteRow) => {
  outputUnderWay().rows.push(row);
};

export const keepDeadLetter = (deadLetter: DeadLetter) => {
  outputUnderWay().deadLetters.push(deadLetter);
};

/** The name by which workers load this module. */
export const HISTORY_STEPS = 'iex-dataflow/dist/runners/flink/history-steps';
requireForSerialization(HISTORY_STEPS, {
  listParts,
  samePart,
  readPart,
  neverPublished,
  keepRow,
  keepDeadLetter,
});
