import { expect } from 'chai';
import { OperationalError } from 'iex-cli';
import { ApiError, type Service } from 'iex-deploy/src/google';
import { untilRunning } from 'iex-deploy/src/jobs';

const PATH = 'projects/p/locations/r/jobs/id';

describe('waiting for a Dataflow job', () => {
  let shown: string[];
  const step = {
    say: (detail: string) => shown.push(detail),
    done: (result: string) => shown.push(`done: ${result}`),
  };

  beforeEach(() => {
    shown = [];
  });

  /** A service that responds with one state after the other, and with messages. */
  function serviceOf(states: (string | Error)[], messages: object[] = []): Service {
    return {
      async request<T>(path: string): Promise<T> {
        if (path.startsWith(`${PATH}/messages`)) return { jobMessages: messages } as T;
        expect(path).to.equal(PATH);
        const state = states.length > 1 ? states.shift() : states[0];
        if (state instanceof Error) throw state;
        return { currentState: state } as T;
      },
    };
  }

  const wait = (service: Service, more: object = {}) =>
    untilRunning(service, { name: 'my-job', id: 'id' }, step, {
      project: 'p',
      region: 'r',
      signal: new AbortController().signal,
      pollMs: 1,
      ...more,
    });

  const failure = (work: Promise<unknown>): Promise<OperationalError> =>
    work.then(
      () => expect.fail('it succeeded'),
      (error) => error,
    );

  it('ends when it is running, and shows its states until then', async () => {
    const states = ['STOPPED', 'QUEUED', 'PENDING', 'RUNNING'].map((s) => `JOB_STATE_${s}`);
    expect(await wait(serviceOf(states))).to.deep.equal([]);
    expect(shown).to.deep.equal(['stopped', 'queued', 'pending', 'done: running']);
  });

  it('returns the first errors, each once, in the order in which they were logged', async () => {
    const messages = ['c', 'b\nstack', 'a', 'a', 'd'].map((messageText, i) => ({
      messageText,
      time: `2026-01-05T10:00:0${5 - i}Z`,
    }));
    const errors = await wait(serviceOf(['JOB_STATE_RUNNING'], messages));
    expect(errors).to.deep.equal(['d', 'a', 'b']);
    expect(shown).to.deep.equal(['done: running, with errors: d']);
  });

  for (const state of ['FAILED', 'CANCELLED', 'DONE', 'DRAINED', 'DRAINING', 'UPDATED']) {
    it(`fails if it is ${state} instead`, async () => {
      const service = serviceOf(
        ['JOB_STATE_PENDING', `JOB_STATE_${state}`],
        [{ messageText: 'no such subnetwork' }],
      );
      const error = await failure(wait(service));
      expect(error).to.be.instanceOf(OperationalError);
      expect(error.message).to.equal(
        `Job my-job did not start: its state is ${state.toLowerCase()}`,
      );
      expect(error.details).to.equal('no such subnetwork');
    });
  }

  it('follows an updated job to the one that replaced it', async () => {
    const paths: string[] = [];
    const service: Service = {
      async request<T>(path: string): Promise<T> {
        paths.push(path);
        const isOld = path === PATH;
        const state = isOld ? 'JOB_STATE_UPDATED' : 'JOB_STATE_RUNNING';
        return { currentState: state, ...(isOld && { replacedByJobId: 'new' }) } as T;
      },
    };
    expect(await wait(service)).to.deep.equal([]);
    expect(paths).to.include(PATH.replace('/id', '/new'));
  });

  it('continues after a request that failed once, or before the job is known', async () => {
    for (const status of [0, 404, 429, 500, 503]) {
      const states = [new ApiError('not now', status), 'JOB_STATE_RUNNING'];
      expect(await wait(serviceOf(states)), String(status)).to.deep.equal([]);
    }
  });

  it('fails at once without the permission to read the job', async () => {
    const error = await failure(wait(serviceOf([new ApiError('Permission denied', 403)])));
    expect(error.message).to.contain('Permission denied');
  });

  it('does not fail if only the errors cannot be read', async () => {
    const service: Service = {
      async request<T>(path: string): Promise<T> {
        if (path.includes('/messages')) throw new ApiError('Permission denied', 403);
        return { currentState: 'JOB_STATE_RUNNING' } as T;
      },
    };
    expect(await wait(service)).to.deep.equal([]);
  });

  it('gives up after a time', async () => {
    const error = await failure(wait(serviceOf(['JOB_STATE_PENDING']), { startMs: -1 }));
    expect(error.message).to.contain('its state is pending');
  });

  it('ends with the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('Ctrl-C');
    const waiting = wait(serviceOf(['JOB_STATE_PENDING']), {
      signal: controller.signal,
      pollMs: 60_000,
    });
    setImmediate(() => controller.abort(reason));
    expect(await failure(waiting)).to.equal(reason);
  });
});
