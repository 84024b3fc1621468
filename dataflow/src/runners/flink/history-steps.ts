/**
 * The functions that stand around the pipeline on Flink's workers. They travel by name, see `../steps`.
 *
 * A part is read, run through the pipeline and written within one call of `readPart`: a runner puts steps that follow on
 * each other into one stage, in which an element is done with before the next is taken. Nothing in Beam's model promises
 * that, so it is checked for every part that each of its lines has come out, as rows or as a dead letter.
 */
import Long from 'long';
import type { DeadLetter } from '../../pipeline/quote';
import type { QuoteRow } from '../../pipeline/row';
import { requireForSerialization } from '../../sdk/beam';
import type { BatchOutput } from '../direct/batch';
import { readInput, writeOutput } from './history-files';

/** The least timestamp there is, which stands for lines that were never published. In milliseconds. */
const LEAST_TIMESTAMP = Long.fromString('-9223372036854775');

/** What the steps need to know of the history. */
export interface HistoryContext {
  folder: string;
  parts: number;
  /** How many windows hold a quote. */
  rowsPerQuote: number;
}

/** What has come out of the part that is being read. */
let output: BatchOutput | undefined;

function outputUnderWay(): BatchOutput {
  if (!output) throw new Error('no part is being read: the runner broke up the stage');
  return output;
}

/** The numbers of all parts. */
export function* listParts(_impulse: Uint8Array, { parts }: HistoryContext): Iterable<number> {
  for (let part = 0; part < parts; part++) yield part;
}

/** Of each part a group of its own, because groups are what a runner divides among its workers. */
export const samePart = (part: number) => part;

/** The lines of a part; once they are through the pipeline, what came out of them is written. */
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
        `${rows.length} rows have come of part ${part}, not ${expected}: the runner broke up the stage`,
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

/** By this name workers find the module. */
export const HISTORY_STEPS = 'iex-dataflow/dist/runners/flink/history-steps';
requireForSerialization(HISTORY_STEPS, {
  listParts,
  samePart,
  readPart,
  neverPublished,
  keepRow,
  keepDeadLetter,
});
