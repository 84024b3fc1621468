import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const stateSchema = z.object({ records: z.int().nonnegative(), digest: z.string() });

/** How much of a file has been published. */
interface State {
  records: number;
  /** Of these records: the same file, or a longer version of it, begins with them. */
  digest: string;
}

/** Remembers in a small file how much of a file has been published to a topic. */
export class ProgressFile {
  readonly #path: string;
  readonly #hash = createHash('sha256');
  #records = 0;
  /** The last state that was saved; undefined if nothing has been published. */
  readonly saved: State | undefined;

  /**
   * @param folder of all such files, created if it does not exist
   * @param topic that is published to
   * @param first the digest of the file's first record
   */
  constructor(folder: string, topic: string, first: bigint) {
    const name = createHash('sha256').update(`${topic}\n${first}`).digest('hex').slice(0, 32);
    this.#path = join(folder, `${name}.json`);
    this.saved = readState(this.#path);
  }

  /** How many records were taken. */
  get records(): number {
    return this.#records;
  }

  /** Takes the digest of the next record of the file. */
  add(digest: bigint): void {
    this.#hash.update(digest.toString(16).padStart(32, '0'));
    this.#records += 1;
  }

  /** The records that were taken. */
  state(): State {
    return { records: this.#records, digest: this.#hash.copy().digest('hex') };
  }

  /** Notes that all records that were taken are published. */
  save(): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    // In one step, so that a crash leaves the former state.
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.state()));
    renameSync(`${this.#path}.new`, this.#path);
  }
}

function readState(path: string): State | undefined {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined; // Missing or damaged: publishing begins with the first record.
  }
}
