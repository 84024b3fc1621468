import { expect } from 'chai';
import { startPubSubEmulator } from 'iex-pubsub-emulator';
import { Command, runCommand } from 'iex-test/support/command';

const SCRIPT = 'packages/pubsub-emulator/bin/iex-pubsub-emulator.js';

describe('iex-pubsub-emulator', () => {
  it('says how to use it, serves, and ends on Ctrl-C with exit code 0', async () => {
    const command = new Command(SCRIPT, ['--port', '0']);
    try {
      const [, host] = await command.untilPrinted(/PUBSUB_EMULATOR_HOST=(127\.0\.0\.1:\d+)/);
      const topic = `http://${host}/v1/projects/shop/topics/orders`;
      expect(command.stdout).to.include(`http://${host}/v1/projects/`);
      expect((await fetch(topic, { method: 'PUT' })).status).to.equal(200);
      expect((await fetch(topic)).status).to.equal(200);
      command.process.kill('SIGINT');
      expect(await command.untilExited()).to.equal(0);
      expect(command.stderr).to.equal('');
    } finally {
      await command.kill();
    }
  });

  it('explains itself', async () => {
    const { code, stdout } = await runCommand(SCRIPT, ['--help']);
    expect(code).to.equal(0);
    expect(stdout).to.include('--port');
  });

  it('says in one line that its port is in use', async () => {
    const emulator = await startPubSubEmulator();
    const port = emulator.host.split(':')[1] ?? '';
    const { code, stderr } = await runCommand(SCRIPT, ['--port', port]);
    await emulator.close();
    expect(code).to.equal(1);
    expect(stderr.trim().split('\n')).to.have.lengthOf(1);
    expect(stderr).to.include(port);
  });

  for (const args of [['--port', '65536'], ['--port', 'http'], ['--host', 'x'], ['8085']]) {
    it(`refuses ${args.join(' ')} in one line, with exit code 2`, async () => {
      const { code, stderr } = await runCommand(SCRIPT, args);
      expect(code).to.equal(2);
      expect(stderr.trim().split('\n')).to.have.lengthOf(1);
    });
  }
});
