import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from 'iex-cli/until';

/** Has the path of the folder for what the processes of a run share; they inherit it. */
const RUN = 'IEX_TEST_RUN_FOLDER';

/** How long making a folder may take, in ms: the first time, some of them download much. */
const MAKING_MS = 600_000;

/**
 * Creates the folder for what the processes of this run share, unless a parent process has. The
 * process that created it removes it when it exits.
 */
export function openSharedFolders(): void {
  if (process.env[RUN]) return;
  const folder = mkdtempSync(join(tmpdir(), 'iex-stream-run-'));
  process.env[RUN] = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}

/**
 * Returns a folder that is made once for all tests of a run, by the process that needs it first.
 *
 * @param make fills the folder that it is given
 * @throws if `make` fails, in all processes that need the folder
 */
export async function sharedFolder(
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(process.env[RUN]!, name);
  /** Exists once the folder is made; holds the error, if any. */
  const end = `${folder}.end`;
  if (await isCreated(folder)) {
    const error = await make(folder).then(
      () => '',
      (error: Error) => error.stack ?? String(error),
    );
    await writeFile(`${end}.new`, error);
    await rename(`${end}.new`, end);
  }
  if (!(await until(() => existsSync(end), { timeoutMs: MAKING_MS }))) {
    throw new Error(`${name} was not made within ${MAKING_MS / 1000} s`);
  }
  const error = await readFile(end, 'utf8');
  if (error) throw new Error(`${name} was not made: ${error}`);
  return folder;
}

/** Whether this call has created the folder; of several calls at the same time, only one does. */
async function isCreated(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
