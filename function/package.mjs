/**
 * Packs what is deployed, the folder `dist`, into a zip. The same source gives the same bytes, on
 * any machine and at any time, so that a deployment without a change changes nothing: the order of
 * the files and their dates are fixed, and the compression is not the platform's.
 *
 *     npm run package -w function [-- FILE.zip]    # dist/function.zip of the repository by default
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { zipSync } from 'fflate';

const FILES = ['index.js', 'package-lock.json', 'package.json'];

/** The first moment that a zip can express; it has no time zone, so local time is what it takes. */
const DATE = new Date(1980, 0, 1);

const [argument] = process.argv.slice(2);
// npm runs scripts in the workspace's folder; a relative path is meant from where the user stands.
const target = argument
  ? resolve(process.env.INIT_CWD ?? '.', argument)
  : resolve(import.meta.dirname, '../dist/function.zip');

const entries = {};
for (const file of FILES) {
  entries[file] = await readFile(resolve(import.meta.dirname, 'dist', file));
}
const zip = zipSync(entries, { mtime: DATE, level: 9 });
await mkdir(dirname(target), { recursive: true });
await writeFile(target, zip);

const hash = createHash('sha256').update(zip).digest('hex');
console.log(`${target}: ${zip.length} bytes, sha256 ${hash}`);
