import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { temporaryFolder } from 'iex-test/support/folder';

const COMMAND = fileURLToPath(new URL('../../support/talking-command.mjs', import.meta.url));

describe('a command that runs until it is stopped', () => {
  const folder = temporaryFolder();
  let child: ChildProcess;
  let file: string;
  let files = 0;
  let output: { stdout: string; stderr: string };

  beforeEach(async () => {
    file = join(folder, String(++files));
    output = { stdout: '', stderr: '' };
    child = spawn(process.execPath, [COMMAND, file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 55_000,
      killSignal: 'SIGKILL',
    });
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text) => {
        output[name] += text;
      });
    }
    await once(child.stderr!, 'data');
  });

  afterEach(() => child.kill('SIGKILL'));

  async function expectOrderlyEnd(): Promise<void> {
    const [code] = await once(child, 'close');
    expect(code).to.equal(0);
    expect(readFileSync(file, 'utf8')).to.equal('ended in order');
    expect(output.stderr).not.to.match(/EPIPE|at .*:\d+/);
  }

  for (const name of ['stdout', 'stderr'] as const) {
    it(`ends in order when its ${name} is closed`, async () => {
      child[name]?.destroy();
      await expectOrderlyEnd();
    });
  }

  // Linux has a device that is always full.
  const onFullDisk = existsSync('/dev/full') ? it : it.skip;
  onFullDisk(
    'ends in order, with one line and exit code 1, on a full disk (by /dev/full)',
    async () => {
      child.kill('SIGKILL');
      const full = openSync('/dev/full', 'w');
      output.stderr = '';
      child = spawn(process.execPath, [COMMAND, file], {
        stdio: ['ignore', full, 'pipe'],
      });
      closeSync(full);
      child.stderr?.setEncoding('utf8').on('data', (text) => {
        output.stderr += text;
      });
      const [code] = await once(child, 'close');
      expect(code).to.equal(1);
      expect(readFileSync(file, 'utf8')).to.equal('ended in order');
      expect(output.stderr.match(/^Standard output cannot be written: ENOSPC.*$/gm)).to.have.length(
        1,
      );
      expect(output.stderr).not.to.match(/at .*:\d+/);
    },
  );

  it('ends in order when both are closed, as by Ctrl-C in a pipeline', async () => {
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.kill('SIGINT');
    await expectOrderlyEnd();
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`ends in order on ${signal}`, async () => {
      child.kill(signal);
      await expectOrderlyEnd();
      expect(output.stdout).to.match(/stopping\n$/);
    });
  }

  it('counts a signal that npm passes on, too, only once', async () => {
    child.kill('SIGINT');
    await delay(1); // Signals that are pending together would be one for the system, too.
    child.kill('SIGINT');
    await expectOrderlyEnd();
  });
});
