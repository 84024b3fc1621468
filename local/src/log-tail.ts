import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

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
    this.#position = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** The warnings and errors since the last reading, each in one line, the latest last. */
  failures(): string[] {
    let descriptor: number;
    try {
      descriptor = openSync(this.#file, 'r');
    } catch {
      // The part that writes it has not started yet, or the user has deleted it.
      this.#position = 0;
      return [];
    }
    const { size } = fstatSync(descriptor);
    // The user has deleted it, and the part has been started again.
    if (size < this.#position) this.#position = 0;
    const start = Math.max(this.#position, size - MAX_BYTES);
    const buffer = Buffer.alloc(size - start);
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
