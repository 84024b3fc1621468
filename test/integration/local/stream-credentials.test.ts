import { join } from 'node:path';
import { expect } from 'chai';
import { runCommand } from 'iex-test/support/command';
import { temporaryFolder } from 'iex-test/support/folder';

describe('npm run stream without credentials', () => {
  const folder = temporaryFolder();

  it('says in one line how to get them', async () => {
    const flags = ['--subscription', 'projects/iex-test/subscriptions/quotes'];
    const { code, stderr } = await runCommand(
      'local/dist/stream.js',
      [...flags, '--database', join(folder, 'market.duckdb')],
      { HOME: folder, CLOUDSDK_CONFIG: folder, METADATA_SERVER_DETECTION: 'none' },
    );
    expect(code).to.equal(1);
    expect(stderr).to.match(/^No application default credentials: run .*\n$/);
  });
});
