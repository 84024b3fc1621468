import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CommandError, type RunOptions, run } from 'iex-cli';
import { temporaryFolder } from 'iex-test/support/folder';
import { isRunning } from 'iex-test/support/processes';
import { untilTrue } from 'iex-test/support/until';

describe('running a program', () => {
  const folder = temporaryFolder();
  const node = (script: string, options: RunOptions = {}) =>
    run(process.execPath, ['-e', script], options);

  const failure = (running: Promise<unknown>): Promise<CommandError> =>
    running.then(
      () => expect.fail('it succeeded'),
      (error) => error,
    );

  it('returns its output', async () => {
    const written = await node("console.log('out'); console.error('err')");
    expect(written).to.deep.equal({ stdout: 'out\n', stderr: 'err\n' });
  });

  it('gives it an environment, a folder and an input, and no other input', async () => {
    const script =
      "console.log(process.env.A, process.cwd(), JSON.stringify(require('fs').readFileSync(0, 'utf8')))";
    const options = { cwd: folder, env: { A: '1' } };
    expect((await node(script, options)).stdout).to.match(/^1 \S+ ""\n$/);
    expect((await node(script, { ...options, input: 'x' })).stdout).to.match(/^1 \S+ "x"\n$/);
  });

  it('does not fail if the program does not read its input', async () => {
    await node('', { input: 'x'.repeat(1_000_000) });
  });

  it('passes on each line as it arrives', async () => {
    const lines: string[] = [];
    const script = "console.error('a\\nb'); console.log('c')";
    await node(script, { onLine: (line) => lines.push(line) });
    expect(lines).to.have.members(['a', 'b', 'c']);
  });

  it('fails with the last lines of the output, from both streams', async () => {
    const script = `
      const { writeSync } = require('fs');
      writeSync(1, 'first\\n\\n');
      for (let i = 0; i < 200; i++) writeSync(2, 'line ' + i + '\\n');
      process.exit(3)`;
    const error = await failure(node(script, { name: 'the program' }));
    expect(error).to.be.instanceOf(CommandError);
    expect(error.message).to.equal('the program failed (exit code 3)');
    expect(error.isMissing).to.equal(false);
    expect(error.details.split('\n')).to.have.lengthOf(100).and.include('line 199');
    expect((await failure(node("console.log('why'); process.exit(1)"))).details).to.equal('why');
  });

  it('names the signal that killed the program', async () => {
    const error = await failure(node("process.kill(process.pid, 'SIGKILL')"));
    expect(error.message).to.match(/ failed \(SIGKILL\)$/);
  });

  it('says what to install if it is missing', async () => {
    const error = await failure(run('mvn', [], { env: { PATH: folder } }));
    expect(error).to.be.instanceOf(CommandError);
    expect(error.isMissing).to.equal(true);
    expect(error.message).to.match(/^mvn is missing: install Apache Maven/);
    expect(error.cause).to.have.property('code', 'ENOENT');
  });

  it('asks it to end, waits until it has, and fails with the reason', async () => {
    const file = join(folder, 'ended');
    const script = `
      process.on('SIGINT', () => setTimeout(() => {
        require('fs').writeFileSync(${JSON.stringify(file)}, '');
        process.exit();
      }, 50));
      console.error('ready'); setInterval(() => 0, 1000)`;
    const controller = new AbortController();
    const reason = new Error('enough');
    const error = await failure(
      node(script, {
        signal: controller.signal,
        stopSignal: 'SIGINT',
        onLine: () => controller.abort(reason),
      }),
    );
    expect(error).to.equal(reason);
    expect(existsSync(file)).to.equal(true);
  });

  it('does not start it if it is asked to end before', async () => {
    const reason = new Error('enough');
    expect(await failure(node('', { signal: AbortSignal.abort(reason) }))).to.equal(reason);
  });

  async function endWithParent(onSignal: string): Promise<void> {
    const pidFile = join(folder, `pid-${onSignal.length}`);
    const grandchild = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => 0, 1000)`;
    const child = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}]); setInterval(() => 0, 1000)`;
    const parent = spawn(process.execPath, [
      '-e',
      `${onSignal};
       require('iex-cli').run(process.execPath, ['-e', ${JSON.stringify(child)}])`,
    ]);
    await untilTrue(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(isRunning(pid)).to.equal(true);
    parent.kill('SIGTERM');
    await once(parent, 'exit');
    await untilTrue(() => !isRunning(pid));
  }

  it('kills it, and what it started, when this process exits', async () => {
    await endWithParent("process.once('SIGTERM', () => process.exit(1))");
  });

  it('kills it, and what it started, when a signal ends this process', async () => {
    await endWithParent('');
  });
});
