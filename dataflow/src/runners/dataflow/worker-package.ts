import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { create } from 'tar';
import { shortHash } from '../../tools/cache';
import { workerModules } from '../portable/worker-modules';
import { filesLoadedBy, fromRepository, inRepository } from './loaded-files';

/** The worker's program, and the command by which Beam's boot program starts it. */
const PROGRAM = require.resolve('iex-dataflow/dist/sdk/worker-program');
const COMMAND = 'apache-beam-worker';

/** The folder of the package that mirrors the repository. */
const MIRROR = 'app';

/** The npm package that a worker installs. */
export interface WorkerPackage {
  name: string;
  /** Path of the tarball. The hash of its bytes is in its name, so no two contents share a name. */
  file: string;
  /** Hash of the uncompressed contents, which does not depend on the compression. */
  content: string;
}

/**
 * Packs what a worker runs: the pipeline, the SDK and all that these load, in the versions that are
 * installed here. The package has no dependencies, so that npm resolves nothing when a worker
 * starts. Files lie in it as they lie in the repository: each module finds the same others as in
 * the tests.
 *
 * @param folder receives the tarball
 */
export async function packWorkerPackage(folder: string): Promise<WorkerPackage> {
  const { name, version, main } = JSON.parse(
    await readFile(inRepository('dataflow/package.json'), 'utf8'),
  );
  const source = join(folder, name);
  const modules = [PROGRAM, ...workerModules().map((module) => require.resolve(module))];
  const files = await filesLoadedBy(modules);
  await Promise.all(files.map((file) => cp(inRepository(file), join(source, MIRROR, file))));
  const own = `./${MIRROR}/dataflow/dist`;
  const manifest = {
    name,
    version,
    main,
    exports: { './dist/*': `${own}/*.js` },
    bin: { [COMMAND]: `${MIRROR}/${fromRepository(PROGRAM)}` },
  };
  await writeFile(join(source, 'package.json'), JSON.stringify(manifest));

  const packed = join(folder, `${name}-${version}.tgz`);
  // As npm packs it, but in a tenth of the time.
  const options = { cwd: source, prefix: 'package', portable: true, noMtime: true, gzip: true };
  const paths = ['package.json', ...files.map((file) => `${MIRROR}/${file}`)];
  await create({ ...options, file: packed }, paths);
  const bytes = await readFile(packed);
  const file = packed.replace(/\.tgz$/, `-${shortHash(bytes)}.tgz`);
  await rename(packed, file);
  return { name, file, content: shortHash(gunzipSync(bytes)) };
}
