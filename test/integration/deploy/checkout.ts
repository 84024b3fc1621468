import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedFolder } from 'iex-test/support/shared-folder';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const STUBS = fileURLToPath(new URL('./stubs', import.meta.url));

/** The modules that have a stub, and its file. */
const MODULES = {
  'iex-dataflow/template': 'template.mjs',
  'iex-function/package': 'function-package.mjs',
};

/**
 * A checkout that deployments run from, made once for all tests of a run: it has stubs in the place
 * of the builders of functions and templates, which take minutes.
 */
export const checkoutWithStubs = () =>
  sharedFolder('checkout', async (folder) => {
    makeCheckout(folder, Object.keys(MODULES) as Stub[], join(ROOT, 'infrastructure'));
  });

type Stub = keyof typeof MODULES;

/**
 * Makes a checkout with stubs, and links to everything else that a deployment needs. A hook for
 * Node.js could replace modules too, but each process would take a quarter longer to start.
 *
 * @param stubs the modules that are replaced
 * @param infrastructure the folder of the configuration
 */
export function makeCheckout(folder: string, stubs: readonly Stub[], infrastructure: string): void {
  const link = (target: string, path: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(target, join(folder, path));
  };
  // Node.js looks for packages next to the real path of the module that imports them.
  for (const path of ['deploy.mjs', 'deploy/load.mjs', 'deploy/package.json']) {
    cpSync(join(ROOT, path), join(folder, path));
  }
  for (const name of ['src', 'node_modules']) link(join(ROOT, 'deploy', name), `deploy/${name}`);
  link(join(ROOT, 'packages'), 'packages');
  link(infrastructure, 'infrastructure');

  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'deploy/package.json'), 'utf8'));
  const replaced = stubs.map((module) => dirname(module));
  for (const name of [...Object.keys(dependencies), 'esbuild']) {
    if (!replaced.includes(name)) link(join(ROOT, 'node_modules', name), `node_modules/${name}`);
  }
  link(join(folder, 'deploy'), 'node_modules/iex-deploy');
  for (const module of stubs) {
    const stub = join(folder, 'node_modules', dirname(module));
    const exports = { [`./${basename(module)}`]: `./${MODULES[module]}` };
    cpSync(join(STUBS, MODULES[module]), join(stub, MODULES[module]));
    writeFileSync(join(stub, 'package.json'), JSON.stringify({ exports }));
  }
}
