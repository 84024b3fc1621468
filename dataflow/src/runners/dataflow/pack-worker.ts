/** Packs the worker package into a file: `npm run pack:worker -w dataflow -- FILE.tgz`. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, UsageError } from 'iex-cli';
import { packWorkerPackage } from './worker-package';

async function main([target]: readonly string[]): Promise<undefined> {
  if (!target) throw new UsageError('Usage: npm run pack:worker -w dataflow -- FILE.tgz');
  const scratch = await mkdtemp(join(tmpdir(), 'iex-worker-'));
  try {
    const { file } = await packWorkerPackage(scratch);
    await copyFile(file, target);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

void runCommand(() => main(process.argv.slice(2)));
