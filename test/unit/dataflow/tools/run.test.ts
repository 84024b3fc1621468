import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { run, ToolError } from 'iex-dataflow/tools';
import { temporaryFolder } from '../../../support/folder.js';
import { isRunning } from '../../../support/processes.js';
import { untilTrue } from '../../../support/until.js';

describe('a command that is run', () => {
  const folder = temporaryFolder();
  const node = (script: string, name?: string) =>
    run(process.execPath, ['-e', script], name ? { name } : {});

  const failure = (running: Promise<unknown>): Promise<Error> =>
    running.then(
      () => {
        throw new Error('it succeeded');
      },
      (error) => error,
    );

  it('returns only its standard output', async () => {
    expect(await node("console.log('out'); console.error('err')")).to.equal('out\n');
  });

  it('says how it failed, with its last lines of output', async () => {
    const script = "for (let i = 0; i < 40; i++) console.error('line', i); process.exit(3)";
    const error = await failure(node(script, 'the test command'));
    expect(error).to.be.instanceOf(ToolError);
    const [head, ...lines] = error.message.split('\n');
    expect(head).to.equal('the test command failed (exit code 3):');
    expect(lines).to.have.lengthOf(15);
    expect(lines.at(-1)).to.equal('line 39');
  });

  it('says what to install if it is missing', async () => {
    const error = await failure(run('mvn', [], { env: { PATH: folder } }));
    expect(error).to.be.instanceOf(ToolError);
    expect(error.message).to.equal('mvn is missing: install Apache Maven');
  });

  it('ends with the process that started it', async () => {
    const pidFile = join(folder, 'pid');
    const child = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => 0, 1000)`;
    const parent = spawn(process.execPath, [
      '-e',
      `process.once('SIGTERM', () => process.exit(1));
       require('iex-dataflow/tools').run(process.execPath, ['-e', ${JSON.stringify(child)}])`,
    ]);
    await untilTrue(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(isRunning(pid)).to.equal(true);
    parent.kill('SIGTERM');
    await once(parent, 'exit');
    await untilTrue(() => !isRunning(pid));
  });
});
