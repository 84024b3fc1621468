import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** The folder for files that are built or downloaded once. It is safe to delete. */
const CACHE = join(__dirname, '../../.cache');

/** The first 16 hexadecimal digits of the SHA-256 of all parts. */
export function shortHash(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  // With its length before each part, different lists have different hashes.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}

/**
 * Returns the folder that is made from the content of files, and makes it if it does not exist yet. It
 * appears whole or not at all, even if several processes make it at the same time or one is killed.
 *
 * @param name a readable prefix for the folder's name
 * @param source the file, or files, that define what is made
 * @param make fills the folder that it is given
 */
export async function cachedFolder(
  name: string,
  source: string | readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const sources = [source].flat();
  const contents = await Promise.all(sources.map((file) => readFile(file)));
  const key = shortHash(...sources.flatMap((file, i) => [basename(file), contents[i] as Buffer]));
  const folder = join(CACHE, `${name}-${key}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const scratch = await mkdtemp(`${folder}.`);
  try {
    await make(scratch);
    await rename(scratch, folder).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return folder;
}
