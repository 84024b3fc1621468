import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));

/** What deploy.mjs and bootstrap.mjs run, with the options that `npm run build` has for it. */
const WORKSPACES = /** @type {const} */ ({
  '../packages/cli': { format: 'cjs', target: 'node20' },
  '../packages/contract': { format: 'cjs', target: 'node16' },
  '.': { format: 'esm', target: 'node20' },
});

/** @type {ReturnType<typeof compileAndImport> | undefined} */
let loaded;

/**
 * Compiles the TypeScript of a deployment and imports it, so that a checkout can deploy right after
 * `npm install`, and never runs what was compiled from older sources. Further calls return
 * the same promise. Ends the process if `npm install` has not been run.
 *
 * @returns {Promise<typeof import('iex-deploy')>}
 */
export function loadDeploy() {
  loaded ??= compileAndImport();
  return loaded;
}

/** @returns {Promise<typeof import('iex-deploy')>} */
async function compileAndImport() {
  try {
    const workspaces = Object.entries(WORKSPACES);
    await Promise.all(workspaces.map(([folder, options]) => compile(folder, options)));
    return await import('iex-deploy');
  } catch (error) {
    const [, name] = /^Cannot find package '([^']+)'/.exec(String(Object(error).message)) ?? [];
    if (!name) throw error;
    console.error(`The package ${name} is not installed: run npm install`);
    process.exit(1);
  }
}

/**
 * @param {string} folder relative to this file's
 * @param {import('esbuild').BuildOptions} options
 */
async function compile(folder, options) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: join(HERE, folder),
    entryPoints: ['src/**/*.ts'],
    outdir: 'dist',
    platform: 'node',
    ...options,
    logLevel: 'warning',
    write: false,
  });
  await Promise.all(outputFiles.map(({ path, contents }) => update(path, contents)));
}

/**
 * Writes a file if its content differs, and in one step: another deployment may be reading it.
 *
 * @param {string} path
 * @param {Uint8Array} contents
 */
async function update(path, contents) {
  const found = await readFile(path).catch(() => undefined);
  if (found?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  const scratch = `${path}.${process.pid}`;
  await writeFile(scratch, contents);
  await rename(scratch, path);
}
