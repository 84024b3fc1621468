import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** The most bytes of one reading; of more, only the end is read. */
const MAX_BYTES = 256 * 1024;

/** The most characters of a failure that are reported. */
const MAX_LENGTH = 300;

const SEVERITIES = new Set(['WARNING', 'ERROR', 'CRITICAL']);

/** An error that a program prints, with its stack trace in the lines below. */
const THROWN = /^(?:Uncaught )?\w*Error\b.*: .+/;

/** Reads the lines that a log gets from now on, even if the file does not exist yet. */
export class LogTail {
  readonly #file: string;
  #position: number;

  constructor(file: string) {
    this.#file = file;
    this.#position = this.#size();
  }

  /** The warnings and errors since the last reading, each in one line, the latest last. */
  failures(): string[] {
    const size = this.#size();
    // The user has deleted it; the part writes a new one when it is started again.
    if (size < this.#position) this.#position = 0;
    if (size === this.#position) return [];
    const start = Math.max(this.#position, size - MAX_BYTES);
    const buffer = Buffer.alloc(size - start);
    const descriptor = openSync(this.#file, 'r');
    try {
      readSync(descriptor, buffer, 0, buffer.length, start);
    } finally {
      closeSync(descriptor);
    }
    // A line that is being written belongs to the next reading.
    const end = buffer.lastIndexOf('\n') + 1;
    this.#position = start + end;
    return buffer
      .toString('utf8', 0, end)
      .split('\n')
      .flatMap((line) => failureIn(line) ?? []);
  }

  /** 0 if there is no file. */
  #size(): number {
    return statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
  }
}

/** The failure that a line of a log reports; undefined if it reports none. */
function failureIn(line: string): string | undefined {
  const entry = parseEntry(line);
  if (!entry) return THROWN.test(line) ? line.slice(0, MAX_LENGTH) : undefined;
  if (!SEVERITIES.has(String(entry.severity))) return undefined;
  if ('missed_by_reason' in entry) return undefined; // a summary, after the lines that say why
  const [message = ''] = String(entry.message).split('\n');
  return (entry.detail ? `${message}: ${entry.detail}` : message).slice(0, MAX_LENGTH);
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
