/**
 * Packs what is deployed, the folder `dist`, into a zip.
 *
 *     npm run package -w function [-- FILE.zip]    # dist/function.zip of the repository by default
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';

const FILES = ['index.js', 'package-lock.json', 'package.json'];

/** The earliest time that a zip can express; it has no time zone and is taken for local time. */
const DATE = new Date(1980, 0, 1);

/**
 * Zips the functions, as they are built. The same source gives the same bytes, on any machine and
 * at any time, so that a deployment without a change changes nothing: the order of the files and
 * their dates are fixed, and the compression is not the platform's.
 *
 * @returns {Promise<Uint8Array>}
 */
export async function zipFunctions() {
  /** @type {Record<string, Uint8Array>} */
  const entries = {};
  for (const file of FILES) {
    entries[file] = await readFile(new URL(`dist/${file}`, import.meta.url));
  }
  return zipSync(entries, { mtime: DATE, level: 9 });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , argument] = process.argv;
  // npm runs scripts in the workspace's folder; a relative path starts at the user's folder.
  const target = argument
    ? resolve(process.env.INIT_CWD ?? '.', argument)
    : fileURLToPath(new URL('../dist/function.zip', import.meta.url));
  const zip = await zipFunctions();
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, zip);
  const hash = createHash('sha256').update(zip).digest('hex');
  console.log(`${target}: ${zip.length} bytes, sha256 ${hash}`);
}
