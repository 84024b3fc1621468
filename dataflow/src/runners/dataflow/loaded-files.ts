import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

/** The repository, which contains all files that a worker loads. */
const ROOT = join(__dirname, '../../../..');

/**
 * Returns the files that modules load by `require`, transitively, and the package.json files that
 * tell Node.js how to load them. It does not find a module whose name is computed.
 *
 * @param modules absolute paths
 * @returns paths relative to the repository, sorted
 */
export async function filesLoadedBy(modules: readonly string[]): Promise<string[]> {
  const { metafile } = await build({
    // One entry, because esbuild would write a bundle for each.
    stdin: {
      contents: modules.map((module) => `require(${JSON.stringify(module)});`).join('\n'),
      resolveDir: ROOT,
    },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    // Without esbuild's own condition `module`, it resolves as Node.js does.
    conditions: [],
    // Required by the SDK, but never loaded: see sdk/patches/pubsub.ts.
    external: ['@google-cloud/pubsub'],
    // A workspace's files stay below the name by which they are required.
    preserveSymlinks: true,
    absWorkingDir: ROOT,
    logLevel: 'error',
  });
  const files = Object.keys(metafile.inputs).filter((file) => file !== '<stdin>');
  return [...new Set(files.flatMap((file) => [file, ...manifestsAbove(file)]))].sort();
}

/** The package.json files in the folders above a file: Node.js reads the nearest. */
function manifestsAbove(file: string): string[] {
  const manifests: string[] = [];
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(join(ROOT, manifest))) manifests.push(manifest);
  }
  return manifests;
}

/** The absolute path of a file of the repository. */
export const inRepository = (file: string) => join(ROOT, file);

/** The path of a file relative to the repository. */
export const fromRepository = (file: string) => relative(ROOT, file);
