import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { OperationalError } from './errors.js';

/**
 * Creates a folder that the user has named, and those above it, if they do not exist. With
 * `recursive`, Node.js 20 would try forever in /proc.
 *
 * @throws {OperationalError} if it cannot be created
 */
export function createFolder(folder: string): void {
  // A file has no `.` in it.
  if (existsSync(`${folder}/.`)) return;
  createFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have created it meanwhile.
    if (existsSync(`${folder}/.`)) return;
    const { message } = error as Error;
    throw new OperationalError(`Cannot create ${folder}: ${message}`, { cause: error });
  }
}
