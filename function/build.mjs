/**
 * Builds what is deployed into `dist`: our own code as one module, and the manifest and lock file
 * from which `npm ci --omit=dev` installs the packages that the module imports, at the versions
 * that this repository was tested with.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { prunedLock } from './pruned-lock.mjs';

/** @param {string} path relative to this file */
const readJson = async (path) => JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8'));

/**
 * @param {string} path relative to this file
 * @param {object} value
 */
const writeJson = (path, value) =>
  writeFile(new URL(path, import.meta.url), `${JSON.stringify(value, null, 2)}\n`);

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['src/index.ts'],
  outdir: 'dist',
  bundle: true,
  packages: 'external',
  // Our own packages are not on the registry that `npm ci` installs from, so they are bundled.
  alias: { 'iex-cli': '../packages/cli/src', 'iex-contract': '../packages/contract/src' },
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});

const { name, version, type, engines } = await readJson('package.json');
const lock = prunedLock(await readJson('../package-lock.json'), 'function');
await writeJson('dist/package.json', {
  name,
  version,
  private: true,
  type,
  main: 'index.js',
  engines,
  dependencies: lock.packages['']?.dependencies,
});
await writeJson('dist/package-lock.json', lock);
