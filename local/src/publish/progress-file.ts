import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const stateSchema = z.object({ records: z.int().nonnegative(), digest: z.string() });

/** How much of a file has been published: a number of records, and the digest of all of them. */
type State = z.infer<typeof stateSchema>;

/**
 * Remembers in a small file how much of a file has been published to a topic.
 *
 * @param folder of all such files, created if it does not exist
 * @param topic that is published to
 * @param first the digest of the file's first record
 */
export function progressFile(folder: string, topic: string, first: bigint) {
  const name = createHash('sha256').update(`${topic}\n${first}`).digest('hex').slice(0, 32);
  const path = join(folder, `${name}.json`);
  const hash = createHash('sha256');
  let records = 0;
  /** The records that were taken. */
  const state = (): State => ({ records, digest: hash.copy().digest('hex') });
  return {
    /** The last state that was saved; undefined if nothing has been published. */
    saved: readState(path),
    state,
    /** Takes the digest of the next record of the file; returns how many were taken. */
    add(digest: bigint): number {
      hash.update(digest.toString(16).padStart(32, '0'));
      return ++records;
    },
    /** Notes that all records that were taken are published. */
    save(): void {
      mkdirSync(folder, { recursive: true });
      // In one step, so that a crash leaves the former state.
      writeFileSync(`${path}.new`, JSON.stringify(state()));
      renameSync(`${path}.new`, path);
    },
  };
}

function readState(path: string): State | undefined {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined; // Missing or damaged: publishing begins with the first record.
  }
}
