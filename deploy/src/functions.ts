import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Storage } from '@google-cloud/storage';
import { putObject } from './objects.js';
import type { Step } from './steps.js';
import { untilAborted } from './together.js';

/**
 * The object of the functions' zip. New content has a new name, which makes Terraform deploy the
 * functions (`function_object` in infrastructure/variables.tf).
 *
 * @param sha256 of the zip, in hexadecimal digits
 */
const functionObject = (sha256: string) => `function/iex-functions-${sha256}.zip`;

/** A name that the variable's validation accepts, for when the functions do not matter. */
export const NO_FUNCTIONS = functionObject('0'.repeat(64));

/** Zips the functions; returns the zip, and the name that its object has. */
export async function bundleFunctions(step: Step): Promise<{ zip: Uint8Array; name: string }> {
  step.say('bundling');
  const { zipFunctions } = await import('iex-function/package');
  const zip = await zipFunctions();
  return { zip, name: functionObject(createHash('sha256').update(zip).digest('hex')) };
}

/**
 * Zips the functions and uploads the zip, if it is not there already. It has no effect until
 * Terraform deploys it.
 *
 * @param scratch a folder for the zip
 * @returns the object's name
 */
export async function uploadFunctions(
  { storage, bucket, scratch }: { storage: Storage; bucket: string; scratch: string },
  step: Step,
  signal: AbortSignal,
): Promise<string> {
  const { zip, name } = await bundleFunctions(step);
  const file = join(scratch, 'function.zip');
  await writeFile(file, zip);

  step.say(`uploading to gs://${bucket}/${name}`);
  const put = await untilAborted(signal, putObject(storage, { bucket, name, file }));
  step.done(`${put}: gs://${bucket}/${name}`);
  return name;
}
