/**
 * Builds the package: `dist/` contains everything but the dependencies, also the project's package
 * `iex-cli`, which is not published, and the descriptors of the API.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { descriptors } from './descriptors.js';

const path = (/** @type {string} */ relative) => fileURLToPath(new URL(relative, import.meta.url));
const { dependencies } = JSON.parse(readFileSync(path('../package.json'), 'utf8'));

/** Replaces the module that parses the .proto files by what it found. @type {import('esbuild').Plugin} */
const evaluatedDescriptors = {
  name: 'evaluated-descriptors',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^#descriptors$/ }, () => ({
      path: 'descriptors',
      namespace: 'evaluated',
    }));
    onLoad({ filter: /.*/, namespace: 'evaluated' }, () => ({
      contents: `export const descriptors = JSON.parse(${JSON.stringify(JSON.stringify(descriptors))})`,
    }));
  },
};

await build({
  entryPoints: [path('../src/index.ts'), path('../src/command.ts')],
  outdir: path('../dist'),
  bundle: true,
  splitting: true,
  chunkNames: 'shared',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  conditions: ['source'],
  external: Object.keys(dependencies),
  plugins: [evaluatedDescriptors],
  logLevel: 'warning',
});
