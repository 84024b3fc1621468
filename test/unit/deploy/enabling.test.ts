import { expect } from 'chai';
import { CommandError, OperationalError } from 'iex-cli';
import { whileEnabling } from 'iex-deploy/src/enabling';
import { ApiError } from 'iex-deploy/src/google';

/** As Google words it. */
const REASON =
  'Secret Manager API has not been used in project 123 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/secretmanager.googleapis.com/overview?project=123 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.';

describe('work that uses an API which was enabled a moment ago', () => {
  const signal = new AbortController().signal;
  let shown: string[];
  const step = { say: (detail: string) => shown.push(detail), done: () => undefined };
  const patient = { retryMs: 1 };

  beforeEach(() => {
    shown = [];
  });

  /** Fails with each error in turn, then succeeds. */
  const failing =
    (...errors: Error[]) =>
    async () => {
      const error = errors.shift();
      if (error) throw error;
      return 'done';
    };

  it('is repeated until the API can be used, and says which API it waits for', async () => {
    const errors = [
      new ApiError(REASON, 403),
      new CommandError('terraform apply failed (exit code 1)', {
        details: `Error: Error creating Secret: googleapi: Error 403: ${REASON}, forbidden`,
      }),
      new OperationalError('x', { details: '"reason": "SERVICE_DISABLED"' }),
    ];
    expect(await whileEnabling(step, signal, failing(...errors), patient)).to.equal('done');
    expect(shown.map((line) => /^waiting until (.*?), which/.exec(line)?.[1])).to.deep.equal([
      'Secret Manager API',
      'Secret Manager API',
      'an API',
    ]);
  });

  for (const error of [
    new OperationalError('Permission denied'),
    new CommandError('terraform apply failed', { details: 'Error 403: forbidden' }),
    new TypeError(REASON),
  ]) {
    it(`is not repeated after: ${error.message.slice(0, 30)} (${error.name})`, async () => {
      const thrown = await whileEnabling(step, signal, failing(error), patient).catch((e) => e);
      expect(thrown).to.equal(error);
      expect(shown).to.deep.equal([]);
    });
  }

  it('is given up after a time', async () => {
    const error = new ApiError(REASON, 403);
    const work = whileEnabling(step, signal, failing(error), { retryMs: 1, patienceMs: -1 });
    expect(await work.catch((thrown) => thrown)).to.equal(error);
  });

  it('ends with the signal', async () => {
    const reason = new Error('Ctrl-C');
    const work = whileEnabling(step, AbortSignal.abort(reason), failing(new ApiError(REASON, 403)));
    expect(await work.catch((thrown) => thrown)).to.equal(reason);
  });
});
