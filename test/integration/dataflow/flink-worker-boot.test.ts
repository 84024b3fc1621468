import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const BOOT = fileURLToPath(
  new URL('../../../dataflow/dist/runners/flink/worker-boot.js', import.meta.url),
);

describe('a worker that Flink starts', () => {
  it('ends with the process that started it, whatever it waits for', async () => {
    // Takes calls and never answers.
    const runner = createServer().listen(0, 'localhost');
    await once(runner, 'listening');
    const called = once(runner, 'connection');
    const { port } = runner.address() as AddressInfo;
    const worker = spawn(process.execPath, [
      BOOT,
      '--id=1-1',
      `--provision_endpoint=localhost:${port}`,
      '--semi_persist_dir=/tmp',
    ]);
    const ended = once(worker, 'exit');
    await called;
    // What the system does when that process is gone.
    worker.stdin.destroy();
    const [code] = await ended;
    expect(code).to.equal(0);
    runner.close();
  });

  it('fails if no runner responds', async () => {
    const worker = spawn(process.execPath, [BOOT, '--id=1-1', '--provision_endpoint=localhost:1']);
    let said = '';
    worker.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    const [code] = await once(worker, 'close');
    expect(code).to.equal(1);
    expect(said).to.match(/UNAVAILABLE/);
  });
});
