/**
 * The folder of a history that runs on Flink. It has numbered input parts, from 0, and the output
 * of each part appears, whole, under the same number. Workers read and write synchronously: the SDK
 * has no asynchronous steps.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { QuoteRow } from '../../pipeline/row';
import type { BatchOutput } from '../direct/batch';

const NEWLINE = 0x0a;
const OUTPUT = /^(\d+)\.json$/;

const inputFile = (folder: string, part: number) => join(folder, 'input', String(part));
const outputFolder = (folder: string) => join(folder, 'output');
const outputFile = (folder: string, part: number) => join(outputFolder(folder), `${part}.json`);

/** Writes an input part. Its lines must not contain line feeds. */
export async function writeInput(
  folder: string,
  part: number,
  lines: readonly Uint8Array[],
): Promise<void> {
  const file = inputFile(folder, part);
  await mkdir(dirname(file), { recursive: true });
  await mkdir(outputFolder(folder), { recursive: true });
  const newline = Uint8Array.of(NEWLINE);
  await writeFile(
    file,
    lines.flatMap((line) => [line, newline]),
  );
}

/** The lines of an input part. */
export function* readInput(folder: string, part: number): Generator<Uint8Array> {
  const bytes = readFileSync(inputFile(folder, part));
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, start);
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}

/** Rows by column: half the size of objects that repeat the names, and faster to parse. */
type Columns = { [Name in keyof QuoteRow]: QuoteRow[Name][] };

/** Writes the output of a part. If a runner repeats a part, it replaces the earlier output. */
export function writeOutput(
  folder: string,
  part: number,
  { rows, deadLetters }: BatchOutput,
): void {
  const columns: Columns = {
    symbol: rows.map(({ symbol }) => symbol),
    latest_price: rows.map(({ latest_price }) => latest_price),
    window_end: rows.map(({ window_end }) => window_end),
    event_time: rows.map(({ event_time }) => event_time),
    resolution_minutes: rows.map(({ resolution_minutes }) => resolution_minutes),
  };
  const file = outputFile(folder, part);
  const scratch = `${file}.${process.pid}`;
  writeFileSync(scratch, JSON.stringify({ columns, deadLetters }));
  renameSync(scratch, file);
}

export async function readOutput(folder: string, part: number): Promise<BatchOutput> {
  const text = await readFile(outputFile(folder, part), 'utf8');
  const { columns, deadLetters } = JSON.parse(text) as Pick<BatchOutput, 'deadLetters'> & {
    columns: Columns;
  };
  const { symbol, latest_price, window_end, event_time, resolution_minutes } = columns;
  const rows = symbol.map(
    (name, i) =>
      ({
        symbol: name,
        latest_price: latest_price[i],
        window_end: window_end[i],
        event_time: event_time[i],
        resolution_minutes: resolution_minutes[i],
      }) as QuoteRow,
  );
  return { rows, deadLetters };
}

/** The numbers of the parts that have output. */
export async function outputsIn(folder: string): Promise<number[]> {
  const names = await readdir(outputFolder(folder));
  return names.flatMap((name) => OUTPUT.exec(name)?.[1] ?? []).map(Number);
}

/** Removes a part and its output. */
export async function dropPart(folder: string, part: number): Promise<void> {
  await rm(inputFile(folder, part));
  await rm(outputFile(folder, part));
}
