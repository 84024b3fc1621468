import { once } from 'node:events';
import { expect } from 'chai';
import { together, untilAborted } from 'iex-deploy/src/together';

/** Works until it is asked to end, then takes its time. */
const untilAsked = (log: string[]) => async (signal: AbortSignal) => {
  if (!signal.aborted) await once(signal, 'abort');
  await new Promise(setImmediate);
  log.push('ended');
  signal.throwIfAborted();
};

const thrownBy = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('nothing was thrown'),
    (error) => error,
  );

describe('tasks that run together', () => {
  const never = new AbortController().signal;

  it('resolve to the results of all, in their order', async () => {
    const slow = async () => {
      await new Promise(setImmediate);
      return 'slow';
    };
    expect(await together(never, [slow, async () => 'fast'])).to.deep.equal(['slow', 'fast']);
  });

  it('are asked to end if one fails, and are waited for', async () => {
    const log: string[] = [];
    const failure = new Error('failed');
    const error = await thrownBy(
      together(never, [untilAsked(log), () => Promise.reject(failure), untilAsked(log)]),
    );
    expect(error).to.equal(failure);
    expect(log).to.deep.equal(['ended', 'ended']);
  });

  it('are asked to end by the signal, and reject with its reason', async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const work = together(controller.signal, [untilAsked(log), untilAsked(log)]);
    const reason = new Error('Ctrl-C');
    controller.abort(reason);
    expect(await thrownBy(work)).to.equal(reason);
    expect(log).to.have.length(2);
  });
});

describe('work that cannot be ended', () => {
  it('is waited for', async () => {
    expect(await untilAborted(new AbortController().signal, Promise.resolve(1))).to.equal(1);
  });

  it('is waited for no longer than until the signal', async () => {
    const controller = new AbortController();
    const work = untilAborted(controller.signal, new Promise(() => undefined));
    const reason = new Error('Ctrl-C');
    controller.abort(reason);
    expect(await thrownBy(work)).to.equal(reason);
    expect(await thrownBy(untilAborted(controller.signal, Promise.resolve(1)))).to.equal(reason);
  });

  it('may fail itself', async () => {
    const failure = new Error('failed');
    const work = untilAborted(new AbortController().signal, Promise.reject(failure));
    expect(await thrownBy(work)).to.equal(failure);
  });
});
