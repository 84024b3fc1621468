import { readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { shortHash } from '../../tools/cache';
import { run } from '../../tools/run';

/** The packages that a worker installs, in this order: the pipeline, and the SDK that it is for. */
const PACKAGES = [
  { name: 'iex-dataflow', folder: join(__dirname, '../../..') },
  { name: 'apache-beam', folder: join(dirname(require.resolve('apache-beam')), '../../..') },
];

/** A packed npm package. */
export interface WorkerPackage {
  name: string;
  /** Its name tells its bytes: a running job takes it by name and checksum, so that no other may have the name. */
  file: string;
  /** Tells what is in it, which another Node.js may compress to other bytes. */
  content: string;
}

/**
 * Packs what a worker installs into a folder.
 *
 * @throws {ToolError} if npm fails
 */
export async function packWorkerPackages(folder: string): Promise<WorkerPackage[]> {
  return await Promise.all(
    PACKAGES.map(async ({ name, folder: source }) => {
      const args = ['pack', source, '--ignore-scripts', '--json', '--pack-destination', folder];
      const [{ filename }] = JSON.parse(await run('npm', args)) as [{ filename: string }];
      const packed = join(folder, filename);
      const bytes = await readFile(packed);
      const file = packed.replace(/\.tgz$/, `-${shortHash(bytes)}.tgz`);
      await rename(packed, file);
      return { name, file, content: shortHash(gunzipSync(bytes)) };
    }),
  );
}
