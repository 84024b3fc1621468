import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Ended, ScriptHost } from 'iex-test/support/script-host';

const CLI = fileURLToPath(new URL('../../../packages/dashboard/dist/command.js', import.meta.url));

describe('npm run dashboard', () => {
  const host = ScriptHost.forSuite();
  let home: string;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'iex-home-'));
  });

  after(() => rm(home, { recursive: true }));

  /** There are no credentials. */
  const env = () => ({ PATH: process.env.PATH, HOME: home, METADATA_SERVER_DETECTION: 'none' });

  const run = (...args: string[]) => host().run(CLI, args, env());

  /** Runs the command in a process that must end by itself. */
  function runAlone(...args: string[]): Promise<Ended> {
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [CLI, ...args],
        { env: env() },
        (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
      );
    });
  }

  for (const [args, message] of [
    [[], '--project P is missing'],
    [['--project', 'x'], "'x' is not a valid project ID"],
    [['--project', 'my-project', '--dataset', 'a;b'], "'a;b' is not a valid dataset name"],
    [['--project', 'my-project', '--port', '65536'], '--port takes a whole number from 0 to 65535'],
    [['--project', 'my-project', '--port', '1e3'], '--port takes a whole number from 0 to 65535'],
    [['--project', 'my-project', '--max-gib', '0'], '--max-gib takes a number above 0'],
    [['--unknown'], "Unknown option '--unknown'"],
    [['my-project'], "unexpected argument 'my-project'"],
  ] as const) {
    it(`refuses '${args.join(' ')}' in one line, with exit code 2`, async () => {
      const { code, stderr } = await run(...args);
      expect(code).to.equal(2);
      expect(stderr).to.include(message);
      expect(stderr.trim().split('\n')).to.have.length(1);
    });
  }

  it('says in one line that there are no credentials, with exit code 1', async () => {
    const { code, stderr } = await runAlone('--project', 'my-project');
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      'No application default credentials: run `gcloud auth application-default login`\n',
    );
  });

  it('prints its usage', async () => {
    const { code, stdout } = await run('--help');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^Usage: npm run dashboard/);
  });
});
