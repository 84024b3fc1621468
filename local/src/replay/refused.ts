import { type DeadLetter, makeDeadLetter } from 'iex-dataflow/quote';
import type { InputRecord } from './input/record.js';

/** Separates the records for the pipeline from those refused before it, as dead letters. */
export function splitRefused(records: readonly InputRecord[]): {
  good: InputRecord[];
  refused: DeadLetter[];
} {
  const good = records.filter(({ refusal }) => !refusal);
  const refused = records.flatMap((record) =>
    record.refusal ? [refuse(record, record.refusal)] : [],
  );
  return { good, refused };
}

/** The dead letter of a record that is refused before the pipeline. */
export function refuse({ payload, length }: InputRecord, reason: string): DeadLetter {
  try {
    // The bytes that are kept may end in the middle of a character.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload, { stream: true });
    return makeDeadLetter('parse', text, reason, length);
  } catch {
    return makeDeadLetter('decode', payload.toString('base64'), `${reason}; in base64`, length);
  }
}
