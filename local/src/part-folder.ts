import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createPartFolders } from 'iex-dataflow/flink';

/**
 * Creates the folder that a command shares with Flink's workers, next to its database. Deletes those
 * of commands that were killed: only one command can have the database open.
 *
 * @param command distinguishes the folders of several commands
 * @returns its absolute path
 */
export async function newPartFolder(database: string, command: string): Promise<string> {
  const prefix = `${resolve(database)}.${command}-`;
  for (const name of await readdir(dirname(prefix))) {
    if (name.startsWith(basename(prefix)))
      await rm(join(dirname(prefix), name), { recursive: true, force: true });
  }
  const folder = await mkdtemp(prefix);
  await createPartFolders(folder);
  return folder;
}
