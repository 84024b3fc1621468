import { expect } from 'chai';
import { until } from 'iex-cli/until';

describe('until', () => {
  it('checks again until the condition holds', async () => {
    let checks = 0;
    expect(await until(async () => ++checks === 3, { pollMs: 1 })).to.equal(true);
    expect(checks).to.equal(3);
  });

  it('checks once even if there is no time', async () => {
    expect(await until(() => true, { timeoutMs: 0 })).to.equal(true);
  });

  it('gives up when the time is up, and when the signal is aborted', async () => {
    expect(await until(() => false, { pollMs: 1, timeoutMs: 5 })).to.equal(false);
    expect(await until(() => false, { signal: AbortSignal.abort() })).to.equal(false);
  });

  it('fails with the condition', async () => {
    const failing = until(() => {
      throw new Error('gone');
    });
    expect(await failing.catch((error: Error) => error.message)).to.equal('gone');
  });
});
