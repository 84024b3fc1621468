/** Packs the worker package into a file: `npm run pack:worker -w dataflow -- FILE.tgz`. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packWorkerPackage } from './worker-package';

async function main([target]: readonly string[]): Promise<void> {
  if (!target) throw new Error('usage: npm run pack:worker -w dataflow -- FILE.tgz');
  const scratch = await mkdtemp(join(tmpdir(), 'iex-worker-'));
  try {
    const { file } = await packWorkerPackage(scratch);
    await copyFile(file, target);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
