import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Creates a folder for the tests of the calling suite, and removes it after them. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'iex-stream-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
