import { readFileSync } from 'node:fs';
import { asJsonObject } from '../protocol/proto-json.js';
import { toSeed } from './declaration.js';
import { type Seed, SeedError } from './seed.js';
import { isTerraform, terraformSeed } from './terraform.js';

/**
 * Reads a seed from a file: JSON of the form that the README describes, or the output of
 * `terraform show -json`.
 *
 * @param project of the resources that name none
 * @throws {SeedError} if the file cannot be read or is neither
 */
export function readSeed(file: string, project: string): Seed {
  try {
    const json = asJsonObject(JSON.parse(readFileSync(file, 'utf8')), 'A seed');
    return isTerraform(json) ? terraformSeed(json, project) : toSeed(json, project);
  } catch (cause) {
    throw new SeedError(`The seed ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
