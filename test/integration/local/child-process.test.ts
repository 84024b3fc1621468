import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { OperationalError } from 'iex-cli/errors';
import { Child } from 'iex-local/child-process';
import { temporaryFolder } from 'iex-test/support/folder';
import { isRunning } from 'iex-test/support/processes';
import { untilTrue } from 'iex-test/support/until';

const LOOPBACK_CHILD = fileURLToPath(
  new URL('../../../local/dist/loopback-child.js', import.meta.url),
);

describe('Child', () => {
  const folder = temporaryFolder();
  let files = 0;
  let children: Child[] = [];

  afterEach(async () => {
    await Promise.all(children.map((child) => child.stop(100)));
    children = [];
  });

  function start(script: string) {
    const restarts: string[] = [];
    const messages: unknown[] = [];
    const child = new Child({
      name: 'part',
      args: ['-e', script],
      env: { ANSWER: '42' },
      logFile: join(folder, `${++files}.log`),
      onMessage: (message) => messages.push(message),
      onRestart: (why) => restarts.push(why),
    });
    children.push(child);
    return { child, restarts, messages };
  }

  const RUN_ON =
    "process.send('up'); setInterval(() => {}, 1000); process.on('disconnect', process.exit);";

  it('is started again when it dies, and says why', async () => {
    const { child, restarts, messages } = start(RUN_ON);
    await child.untilReady(untilTrue(() => messages.length === 1));
    const first = child.pid!;
    process.kill(first, 'SIGKILL');
    await untilTrue(() => messages.length === 2);
    expect(child.pid).not.to.equal(first);
    expect(restarts).to.deep.equal(['SIGKILL']);
  });

  it('reports its last line of output when it does not become ready', async () => {
    const { child } = start(
      "console.error('first'); console.error('no such file'); process.exit(3)",
    );
    const error = await child.untilReady(new Promise(() => {})).catch((e: Error) => e);
    expect(error).to.be.instanceOf(OperationalError);
    expect((error as Error).message).to.equal('part did not start: no such file');
  });

  it('reports the message of a structured line', async () => {
    const { child } = start(
      `console.log('{"severity":"ERROR","message":"wrong token"}'); process.exit(1)`,
    );
    const error = await child.untilReady(new Promise(() => {})).catch((e: Error) => e);
    expect((error as Error).message).to.equal('part did not start: wrong token');
  });

  it('is killed when it ignores the request to end', async () => {
    const { child, messages } = start(`process.on('SIGTERM', () => {}); ${RUN_ON}`);
    await child.untilReady(untilTrue(() => messages.length === 1));
    await child.stop(200);
    expect(isRunning(child.pid!)).to.equal(false);
  });

  it('is not started again when it becomes ready while it is ending', async () => {
    const { child, restarts, messages } = start(RUN_ON);
    let becomeReady = () => {};
    const ready = child.untilReady(
      new Promise<void>((resolve) => {
        becomeReady = resolve;
      }),
    );
    await untilTrue(() => messages.length === 1);
    const stopping = child.stop(5000);
    becomeReady();
    await ready;
    await stopping;
    expect(restarts).to.deep.equal([]);
    expect(isRunning(child.pid!)).to.equal(false);
  });

  it('survives a message to a process that has just died, also after a restart', async () => {
    const { child, restarts, messages } = start(RUN_ON);
    await child.untilReady(untilTrue(() => messages.length === 1));
    for (const deaths of [1, 2]) {
      const pid = child.pid as number;
      process.kill(pid, 'SIGKILL');
      // Without a turn of the event loop, in which its end would be noticed.
      while (/\) [^ZX]/.test(statOf(pid)));
      child.send({});
      await untilTrue(() => messages.length === deaths + 1);
    }
    expect(restarts).to.deep.equal(['SIGKILL', 'SIGKILL']);
  });

  it('is started again though its log and the folder of it were deleted', async () => {
    const { child, messages } = start(RUN_ON);
    await child.untilReady(untilTrue(() => messages.length === 1));
    rmSync(folder, { recursive: true });
    process.kill(child.pid as number, 'SIGKILL');
    await untilTrue(() => messages.length === 2);
  });
});

describe('loopback-child', () => {
  it('ends a process whose parent has ended while it was starting', async () => {
    const args = ['--import', LOOPBACK_CHILD, '-e', 'setInterval(() => {}, 1000)'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    // What becomes of the channel when the parent is killed.
    child.disconnect();
    try {
      await once(child, 'exit', { signal: AbortSignal.timeout(30_000) });
    } finally {
      child.kill('SIGKILL');
    }
    expect(child.exitCode).to.equal(0);
  });
});

/** What Linux says about a process; empty on other systems, and when the process is gone. */
function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
