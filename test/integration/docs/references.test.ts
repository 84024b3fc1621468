import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { documents, ROOT } from 'iex-test/support/documents';

describe('the documentation', () => {
  for (const program of ['deploy.mjs', 'bootstrap/bootstrap.mjs']) {
    it(`calls ${program} with flags that it knows`, () => {
      const { stdout } = spawnSync(process.execPath, [program, '--help'], {
        cwd: ROOT,
        encoding: 'utf8',
      });
      const texts = documents.map((document) => readFileSync(join(ROOT, document), 'utf8'));
      const calls = texts.flatMap(
        (text) => text.match(new RegExp(`${program}[^\`\\n|&]*`, 'g')) ?? [],
      );
      const flags = calls.flatMap((call) => call.match(/--[a-z-]+/g) ?? []);
      expect(flags).to.include('--project');
      for (const flag of flags) expect(stdout).to.contain(`  ${flag} `);
    });
  }
});
