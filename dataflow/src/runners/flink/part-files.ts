/**
 * The folder that a command shares with Flink's workers. Each numbered part of the messages is a
 * file `input/N`, its output is `output/N.json`, and both appear whole. In a stream, a worker moves
 * the part that it takes to `taken/N`. Workers read and write synchronously: the SDK has no
 * asynchronous steps.
 */
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { QuoteRow } from '../../pipeline/row';
import type { BatchOutput } from '../direct/batch';
import type { Message } from '../messages';

const OUTPUT = /^(\d+)\.json$/;

const inputFile = (folder: string, part: number) => join(folder, 'input', String(part));
const takenFile = (folder: string, part: number) => join(folder, 'taken', String(part));
const outputFile = (folder: string, part: number) => join(folder, 'output', `${part}.json`);

/** The output of a part. */
export interface PartOutput extends BatchOutput {
  /** The length of `rows` after each message. */
  rowEnds: number[];
  /** The length of `deadLetters` after each message. */
  deadLetterEnds: number[];
}

/** Creates the folders in which parts and outputs appear. */
export async function createPartFolders(folder: string): Promise<void> {
  for (const name of ['input', 'taken', 'output']) {
    await mkdir(join(folder, name), { recursive: true });
  }
}

/** Writes an input part. */
export async function writeInput(
  folder: string,
  part: number,
  messages: readonly Message[],
): Promise<void> {
  const entries = messages.map(({ payload, publishTime }) => ({
    payload: Buffer.from(payload).toString('base64'),
    publishTime,
  }));
  const scratch = join(folder, `${part}.new`);
  await writeFile(scratch, JSON.stringify(entries));
  await rename(scratch, inputFile(folder, part));
}

/** Reads the messages of a part, which may be taken. */
export function readInput(file: string): Message[] {
  const entries = JSON.parse(readFileSync(file, 'utf8')) as (Omit<Message, 'payload'> & {
    payload: string;
  })[];
  return entries.map(({ payload, ...rest }) => ({
    ...rest,
    payload: Buffer.from(payload, 'base64'),
  }));
}

/** The messages of a part that no worker has to take, because the runner assigns it. */
export const assignedInput = (folder: string, part: number) => readInput(inputFile(folder, part));

/**
 * Takes the oldest part that no other worker has taken.
 *
 * @returns undefined if there is none
 * @throws {Error} if the folder does not exist any more
 */
export function takeInput(folder: string): { part: number; messages: Message[] } | undefined {
  const parts = readdirSync(join(folder, 'input')).map(Number);
  for (const part of parts.sort((a, b) => a - b)) {
    const file = takenFile(folder, part);
    try {
      renameSync(inputFile(folder, part), file);
    } catch (error) {
      // Another worker was faster.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw error;
    }
    return { part, messages: readInput(file) };
  }
  return undefined;
}

/** Offers the parts again that workers have taken; these may have ended before their output. */
export async function offerAgain(folder: string): Promise<void> {
  for (const name of await readdir(join(folder, 'taken'))) {
    const part = Number(name);
    await rename(takenFile(folder, part), inputFile(folder, part)).catch((error) => {
      // It has been dropped meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
  }
}

/** Rows by column: half the size of objects that repeat the names, and faster to parse. */
type Columns = { [Name in keyof QuoteRow]: QuoteRow[Name][] };

/** Writes the output of a part. If a part is processed again, it replaces the earlier output. */
export function writeOutput(folder: string, part: number, { rows, ...rest }: PartOutput): void {
  const columns: Columns = {
    symbol: rows.map(({ symbol }) => symbol),
    latest_price: rows.map(({ latest_price }) => latest_price),
    window_end: rows.map(({ window_end }) => window_end),
    event_time: rows.map(({ event_time }) => event_time),
    resolution_minutes: rows.map(({ resolution_minutes }) => resolution_minutes),
  };
  const file = outputFile(folder, part);
  const scratch = `${file}.${process.pid}`;
  writeFileSync(scratch, JSON.stringify({ columns, ...rest }));
  renameSync(scratch, file);
}

export async function readOutput(folder: string, part: number): Promise<PartOutput> {
  const text = await readFile(outputFile(folder, part), 'utf8');
  const { columns, ...rest } = JSON.parse(text) as Omit<PartOutput, 'rows'> & { columns: Columns };
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
  return { rows, ...rest };
}

/** The numbers of the parts that have output. */
export async function outputsIn(folder: string): Promise<number[]> {
  const names = await readdir(join(folder, 'output'));
  return names.flatMap((name) => OUTPUT.exec(name)?.[1] ?? []).map(Number);
}

/** Removes a part and its output. */
export async function dropPart(folder: string, part: number): Promise<void> {
  await rm(inputFile(folder, part), { force: true });
  await rm(takenFile(folder, part), { force: true });
  await rm(outputFile(folder, part), { force: true });
}
