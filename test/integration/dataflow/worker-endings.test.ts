import { expect } from 'chai';
import { messageOf, quotesOf } from 'iex-test/support/beam/quotes';
import { describeOnEachNode, expectExact } from 'iex-test/support/beam/staged-workers';
import type { WorkerSession } from 'iex-test/support/beam/worker-session';

/**
 * The memory of workers that would run out of it if they kept anything of a bundle, in MB; so much
 * that they need not collect garbage all the time.
 */
const HEAP_MB = 48;

describeOnEachNode('a staged worker and the end of its runner', (workers) => {
  /** A worker that has run a bundle. */
  async function startedWorker(): Promise<WorkerSession> {
    const session = await workers().start();
    await expectExact(session, session.describe(workers().readStage()), 3);
    return session;
  }

  it('ends when the runner ends its streams', async () => {
    const { runner, worker } = await startedWorker();
    await runner.end('data', 'control', 'logging');
    expect(await worker.ended).to.equal(0);
  });

  it('fails when the runner ends the stream of data alone, and says so in the log', async () => {
    const { runner, worker } = await startedWorker();
    await runner.end('data');
    expect(await worker.ended).to.equal(1);
    const logged = runner.logs.filter(({ message }) => /data connection/.test(message));
    expect(logged).to.have.length(1);
  });

  it('keeps running when the runner ends the stream of logs alone', async () => {
    const session = await startedWorker();
    await session.runner.end('logging');
    await session.run(session.describe(workers().readStage()), [Buffer.from('logged')]);
    await expectExact(session, session.describe(workers().readStage()), 3);
  });

  it('fails when its connections are cut', async () => {
    const { runner, worker } = await startedWorker();
    runner.cut();
    expect(await worker.ended).to.equal(1);
  });

  it('fails when its connections are cut in a bundle', async () => {
    const session = await startedWorker();
    const stage = session.describe(workers().readStage());
    const id = session.nextId();
    const { piece, send } = session.input(id, []);
    void session.startBundle(id, stage).catch(() => undefined);
    await send(...quotesOf(9).map((quote) => piece(stage.encode(messageOf(quote)))));
    session.runner.cut();
    expect(await session.worker.ended).to.equal(1);
  });

  it('keeps nothing of the bundles that it has run', async () => {
    const session = await workers().start({ nodeOptions: [`--max-old-space-size=${HEAP_MB}`] });
    const stage = session.describe(workers().lostStage());
    // The IDs of the bundles have more bytes than the worker has free memory: its code and data take
    // half. Each has less than a megabyte, because Node.js keeps longer strings elsewhere.
    for (let i = 0; i < 0.75 * HEAP_MB; i++) {
      const id = `${i}${'x'.repeat(1e6)}`;
      const answer = session.startBundle(id, stage);
      const { piece, send } = session.input(id, []);
      await send(piece(undefined, true));
      await session.result(id, stage, answer);
    }
  });

  it('keeps no elements that arrive for bundles that have failed', async () => {
    const session = await workers().start({ nodeOptions: [`--max-old-space-size=${HEAP_MB}`] });
    const stage = session.describe(workers().readStage());
    await expectExact(session, stage, 1);
    for (let i = 0; i < HEAP_MB / 2; i++) {
      const id = session.nextId();
      const { error } = await session.startBundle(id, { ...stage, id: 'unknown' });
      expect(error).not.to.equal('');
      // Each piece takes more than 100 bytes of memory for as long as it is kept.
      const { piece, send } = session.input(id, []);
      await send(...Array(10_000).fill(piece(Buffer.of(1))));
    }
    await expectExact(session, stage, 1);
  });
});
