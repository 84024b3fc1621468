import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for the tests of the suite that asks, removed after them. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'iex-stream-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
