import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { putObject } from '../bootstrap/objects.mjs';
import { run } from './command.mjs';
import { untilAborted } from './together.mjs';

/**
 * The object of the functions' zip. New content is a new name, which makes Terraform deploy the functions; the same
 * content is no change (`function_object` in infrastructure/variables.tf).
 *
 * @param {string} sha256 of the zip, in hexadecimal digits
 */
export const functionObject = (sha256) => `function/iex-functions-${sha256}.zip`;

/**
 * Bundles the functions and uploads the zip, where it is not there already.
 *
 * @param {object} target
 * @param {string} target.root of the repository
 * @param {string} target.scratch a folder for the zip
 * @param {import('@google-cloud/storage').Storage} target.storage
 * @param {string} target.bucket for the code
 * @param {import('./steps.mjs').Step} step
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the object's name
 */
export async function deployFunctions({ root, scratch, storage, bucket }, step, signal) {
  step.say('bundling');
  const file = join(scratch, 'function.zip');
  const command = ['npm', 'run', '--silent', 'package', '--workspace=function', '--', file];
  await run(command, { name: 'npm run package', cwd: root, signal });
  const hash = createHash('sha256').update(await readFile(file));
  const name = functionObject(hash.digest('hex'));

  step.say(`uploading to gs://${bucket}/${name}`);
  const put = await untilAborted(signal, putObject(storage, { bucket, name, file }));
  step.done(`${put}: gs://${bucket}/${name}`);
  return name;
}
