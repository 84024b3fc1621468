import { join } from 'node:path';
import { expect } from 'chai';
import { OperationalError } from 'iex-cli';
import { type Service, type ServiceOptions, startService } from 'iex-dataflow/src/tools/service';
import { temporaryFolder } from 'iex-test/support/folder';
import { isRunning } from 'iex-test/support/processes';

describe('a service of this machine', () => {
  const logFile = join(temporaryFolder(), 'log');

  const start = (script: string, options: Partial<ServiceOptions> = {}) =>
    startService({
      name: 'the test service',
      command: process.execPath,
      args: (port) => ['-e', script, String(port)],
      logFile,
      ...options,
    });

  const failure = (started: Promise<Service>): Promise<OperationalError> =>
    started.then(
      async (service) => {
        await service.stop();
        throw new Error('it started');
      },
      (error) => error,
    );

  it('runs once it listens, and is gone once it is stopped', async () => {
    const service = await start(
      "setTimeout(() => require('net').createServer().listen(process.argv[1], 'localhost'), 100)",
    );
    expect(service.address).to.equal(`localhost:${service.port}`);
    expect(isRunning(service.pid ?? 0)).to.equal(true);
    await service.stop();
    expect(isRunning(service.pid ?? 0)).to.equal(false);
    await service.stop();
  });

  it('reports its last lines of output if it ends instead', async () => {
    const error = await failure(start("console.error('no such option'); process.exit(3)"));
    expect(error).to.be.instanceOf(OperationalError);
    expect(error.message).to.equal('the test service exited during its start');
    expect(error.details).to.equal('no such option');
  });

  it('is stopped if it does not listen in time', async () => {
    const error = await failure(start('setInterval(() => 0, 1000)', { startMs: 200 }));
    expect(error.message).to.match(/does not listen after 0.2 s/);
  });

  it('says what to install if its command is missing', async () => {
    const error = await failure(start('', { command: 'java', env: { PATH: '/nowhere' } }));
    expect(error).to.be.instanceOf(OperationalError);
    expect(error.message).to.match(/^java is missing: install a JDK/);
  });
});
