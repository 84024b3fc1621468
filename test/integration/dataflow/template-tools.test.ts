import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from 'iex-test/support/folder';
import { template } from 'iex-test/support/template-command';

const TARGET = ['--project', 'test-project', '--region', 'europe-west2', '--bucket', 'test-bucket'];

describe('npm run template', () => {
  const path = temporaryFolder();
  const output = temporaryFolder();

  const run = () => template([...TARGET, '--output', output], { PATH: path });

  it('says at once what to install if all tools are missing', async () => {
    const { code, stdout, stderr } = await run();
    expect(code).to.equal(1);
    expect(stdout).to.equal('');
    expect(stderr).to.match(/^java is missing: install .+\npython3 is missing: install .+\n$/);
  });

  for (const [what, version] of [
    ['too new', '3.99.0'],
    ['too old', '3.7.17'],
  ]) {
    it(`says which Python it needs if the one on the path is ${what}`, async () => {
      const python = join(path, 'python3');
      writeFileSync(python, `#!/bin/sh\necho Python ${version}\n`);
      chmodSync(python, 0o755);
      const { code, stderr } = await run();
      expect(code).to.equal(1);
      expect(stderr).to.match(
        new RegExp(
          `the python3 on the PATH is Python ${version}, but Beam needs 3\\.\\d+ to 3\\.\\d+`,
        ),
      );
    });
  }

  it('refuses a wrong flag in one line, with exit code 2', async () => {
    const { code, stdout, stderr } = await template([...TARGET, '--layout', 'triple']);
    expect(code).to.equal(2);
    expect(stdout).to.equal('');
    expect(stderr).to.match(/^--layout takes [^\n]+\n$/);
  });

  it('shows its usage', async () => {
    const { code, stdout } = await template(['--help']);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^Usage: npm run template/);
  });
});
