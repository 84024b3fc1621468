import { execFileSync } from 'node:child_process';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PubSub } from '@google-cloud/pubsub';
import { expect } from 'chai';
import { startPubSubEmulator } from 'iex-pubsub-emulator';
import { Command, runCommand } from 'iex-test/support/command';
import { temporaryFolder } from 'iex-test/support/folder';
import { ScriptHost } from 'iex-test/support/script-host';
import { untilTrue } from 'iex-test/support/until';

const SCRIPT = 'packages/pubsub-emulator/bin/iex-pubsub-emulator.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What the script runs. */
const COMMAND = join(ROOT, 'packages/pubsub-emulator/dist/command.js');

describe('iex-pubsub-emulator', () => {
  const folder = temporaryFolder();
  const host = ScriptHost.forSuite();

  it('prints how to use it, serves, and ends on Ctrl-C with exit code 0', async () => {
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

  it('starts with a seed, and writes each request to standard error if asked to', async () => {
    const seed = join(folder, 'seed.json');
    writeFileSync(seed, JSON.stringify({ topics: ['orders'] }));
    const command = new Command(SCRIPT, ['--port', '0', '--seed', seed, '--verbose']);
    try {
      const [, host = ''] = await command.untilPrinted(/PUBSUB_EMULATOR_HOST=(127\.0\.0\.1:\d+)/);
      expect((await fetch(`http://${host}/v1/projects/emulator/topics/orders`)).status).to.equal(
        200,
      );
      process.env.METADATA_SERVER_DETECTION ??= 'none';
      const client = new PubSub({ projectId: 'emulator', apiEndpoint: host });
      await client
        .topic('missing')
        .getMetadata()
        .catch(() => undefined);
      await client.close();
      await untilTrue(() => command.stderr.includes('gRPC'));
      expect(command.stderr).to.include('REST GET /v1/projects/emulator/topics/orders 200\n');
      command.process.kill('SIGTERM');
      expect(await command.untilExited()).to.equal(0);
      expect(command.stderr.match(/^gRPC.*/gm)).to.have.length(1);
      expect(command.stderr).to.match(
        /gRPC google\.pubsub\.v1\.Publisher\/GetTopic NOT_FOUND: .+\n/,
      );
    } finally {
      await command.kill();
    }
  });

  it('says in one line what is wrong with a seed', async () => {
    const { code, stderr } = await runCommand(SCRIPT, ['--port', '0', '--seed', 'missing.json']);
    expect(code).to.equal(1);
    expect(stderr).to.match(/^The seed missing\.json cannot be read: .+\n$/);
  });

  it('prints its help', async () => {
    const { code, stdout } = await runCommand(SCRIPT, ['--help']);
    expect(code).to.equal(0);
    expect(stdout).to.include('--port');
  });

  describe('in a checkout that is not built', () => {
    const checkout = temporaryFolder();

    it('builds itself, and prints nothing of that on its output', () => {
      for (const path of ['package.json', 'packages/cli', 'packages/pubsub-emulator']) {
        cpSync(join(ROOT, path), join(checkout, path), {
          recursive: true,
          filter: (file) => !['dist', 'node_modules'].includes(basename(file)),
        });
      }
      symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
      const help = execFileSync(process.execPath, [join(checkout, SCRIPT), '--help'], {
        encoding: 'utf8',
      });
      expect(help).to.match(/^Usage: npx iex-pubsub-emulator/);
    }).timeout(60_000);
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

  for (const args of [
    ['--port', '65536'],
    ['--port', 'http'],
    ['--max-memory', '0'],
    ['--hosts', 'x'],
    ['8085'],
  ]) {
    it(`refuses ${args.join(' ')} in one line, with exit code 2`, async () => {
      const { code, stderr } = await host().run(COMMAND, args, process.env);
      expect(code).to.equal(2);
      expect(stderr.trim().split('\n')).to.have.lengthOf(1);
    });
  }
});
