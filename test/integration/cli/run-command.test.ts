import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { temporaryFolder } from 'iex-test/support/folder';

const COMMAND = fileURLToPath(new URL('../../support/talking-command.ts', import.meta.url));

describe('a command that runs until it is stopped', () => {
  const folder = temporaryFolder();
  let child: ChildProcess;
  let file: string;
  let files = 0;
  let output: { stdout: string; stderr: string };

  beforeEach(async () => {
    file = join(folder, String(++files));
    output = { stdout: '', stderr: '' };
    const flags = ['--conditions=source', '--import', 'tsx'];
    child = spawn(process.execPath, [...flags, COMMAND, file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 25_000,
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

  it('takes a signal that npm passes on as well for one', async () => {
    child.kill('SIGINT');
    await delay(1); // Signals that are pending together would be one for the system, too.
    child.kill('SIGINT');
    await expectOrderlyEnd();
  });
});
