import {
  JobMessage_MessageImportance as Importance,
  JobState_Enum as State,
} from 'apache-beam/proto/beam_job_api';
import { Pipeline as PipelineProto } from 'apache-beam/proto/beam_runner_api';
import { Struct } from 'apache-beam/proto/google/protobuf/struct';
import { expect } from 'chai';
import { type Job, JobError, submitJob } from 'iex-dataflow/src/runners/portable/job';
import { countersOf } from 'iex-test/support/beam/counters';
import { FakeJobService } from './fake-job-service.js';

const state = (value: State) =>
  ({ oneofKind: 'stateResponse', stateResponse: { state: value } }) as const;
const message = (importance: Importance, messageText: string) =>
  ({
    oneofKind: 'messageResponse',
    messageResponse: { messageId: '', time: '', importance, messageText },
  }) as const;

describe('a job', () => {
  let service: FakeJobService;
  let job: Job | undefined;
  beforeEach(async () => {
    service = await FakeJobService.start();
  });
  afterEach(() => {
    job?.close();
    service.close();
  });

  const submit = async (options = {}) => {
    job = await submitJob({
      endpoint: service.address,
      name: 'a-job',
      pipeline: PipelineProto.create(),
      options,
    });
    return job;
  };

  /** The error that ends a promise. */
  const rejection = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail('it did not fail'),
      (error: Error) => error,
    );

  it('carries its name, its options and the modules that workers load', async () => {
    await submit({ parallelism: 2 });
    const [prepared] = service.prepared;
    expect(prepared?.jobName).to.equal('a-job');
    const options = Struct.toJson(prepared?.pipelineOptions ?? Struct.create()) as object;
    expect(options).to.include({ 'beam:option:parallelism:v1': 2 });
    expect(options)
      .to.have.property('beam:option:registered_node_modules:v1')
      .that.includes.members(['iex-dataflow/dist/pipeline/steps', 'iex-dataflow/dist/sdk/worker']);
  });

  it('is done when the runner says so, not before', async () => {
    const untilDone = (await submit()).untilDone();
    let done = false;
    const noted = untilDone.then(() => {
      done = true;
    });
    await service.tell(state(State.RUNNING), message(Importance.JOB_MESSAGE_DEBUG, 'on the way'));
    await countersOf(service.address, 'a-job');
    expect(done).to.equal(false);
    await service.tell(state(State.DONE));
    await noted;
  });

  it('fails with the root cause, in one line', async () => {
    const untilDone = (await submit()).untilDone();
    await service.tell(
      message(
        Importance.JOB_MESSAGE_DEBUG,
        'java.lang.Exception: outer\n\tat a.B(B.java:1)\nCaused by: it',
      ),
      message(
        Importance.JOB_MESSAGE_ERROR,
        'java.io.IOException: the disk is full\n\tat a.B(B.java:1)',
      ),
      state(State.FAILED),
    );
    const error = await rejection(untilDone);
    expect(error).to.be.instanceOf(JobError);
    expect(error.message).to.equal('the job failed: java.io.IOException: the disk is full');
  });

  it('says that it failed if the runner does not say why', async () => {
    const untilDone = (await submit()).untilDone();
    await service.tell(state(State.FAILED));
    expect((await rejection(untilDone)).message).to.equal('the job failed: FAILED');
  });

  it('may fail before anyone waits for its end', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const { untilDone } = await submit();
    await service.tell(state(State.FAILED));
    // The counters come after the end of the job.
    await countersOf(service.address, 'a-job');
    process.off('unhandledRejection', note);
    expect(unhandled).to.deep.equal([]);
    expect((await rejection(untilDone())).message).to.equal('the job failed: FAILED');
  });

  it('says that it was cancelled', async () => {
    const untilDone = (await submit()).untilDone();
    await service.tell(state(State.CANCELLED));
    expect((await rejection(untilDone)).message).to.equal('the job was cancelled');
  });

  it('says why it was refused', async () => {
    service.refusal = 'no such coder\n\tat a.B(B.java:1)';
    const error = await rejection(submit());
    expect(error).to.be.instanceOf(JobError);
    expect(error.message).to.equal('the runner rejected job a-job: no such coder');
  });

  it('fails when its runner is gone', async () => {
    const untilDone = (await submit()).untilDone();
    await service.tell(state(State.RUNNING));
    service.close();
    expect((await rejection(untilDone)).message).to.match(
      /^lost the connection to the job service: /,
    );
  });

  it('fails when its runner falls silent', async () => {
    const untilDone = (await submit()).untilDone();
    await service.hangUp();
    expect((await rejection(untilDone)).message).to.match(/ended its messages before the job/);
  });

  it('adds up counters of the same name', async () => {
    const counter = (name: string, ...payload: number[]) => ({
      urn: 'beam:metric:user:sum_int64:v1',
      type: 'beam:metrics:sum_int64:v1',
      payload: Uint8Array.from(payload),
      labels: { NAME: name },
    });
    service.metrics = {
      attempted: [counter('rows', 9)],
      committed: [
        counter('rows', 1),
        // As a varint, the encoding of such numbers: 300.
        counter('rows', 0xac, 0x02),
        counter('letters', 0),
        { ...counter('rows', 7), urn: 'beam:metric:element_count:v1' },
      ],
    };
    const { id } = await submit();
    expect(await countersOf(service.address, id)).to.deep.equal({ rows: 301, letters: 0 });
  });
});
