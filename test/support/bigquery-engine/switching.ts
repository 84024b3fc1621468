import { readFileSync } from 'node:fs';

/** The statements that are run by hand when the window engine is switched. */
export const SWITCHING = [
  'ticks-from-rows',
  'rows-from-ticks',
  'dead-letters-to-ticks',
  'dead-letters-from-ticks',
  'recover-ticks',
] as const;

export type Switching = (typeof SWITCHING)[number];

/** A statement `INSERT INTO iex.TABLE (COLUMNS) SELECT ...`. */
export interface Insertion {
  table: string;
  columns: string[];
  query: string;
}

/** Reads one of the statements. */
export function insertionOf(name: Switching): Insertion {
  const path = new URL(`../../../infrastructure/switching/${name}.sql`, import.meta.url);
  const match = /^INSERT INTO iex\.(\w+)\s+\(([^)]+)\)\s+(SELECT.*)/ms.exec(
    readFileSync(path, 'utf8'),
  );
  const [, table = '', columns = '', query = ''] = match ?? [];
  return { table, columns: columns.split(/,\s*/), query };
}
