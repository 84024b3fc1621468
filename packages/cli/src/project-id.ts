import { UsageError } from './errors.js';

/** https://cloud.google.com/resource-manager/docs/creating-managing-projects */
const PROJECT_ID = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

/**
 * Checks the ID of a Google Cloud project.
 *
 * @returns the same ID
 * @throws {UsageError} if no project can have it
 */
export function checkProjectId(id: string): string {
  if (!PROJECT_ID.test(id)) throw new UsageError(`'${id}' is not a valid project ID`);
  return id;
}
