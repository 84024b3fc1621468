import { expect } from 'chai';
import { type FusedPipeline, fusedTemplates } from 'iex-test/support/beam/stages';
import { missingTools } from 'iex-test/support/missing-tools';
import { skipSuite } from 'iex-test/support/skip';

const JOBS = ['iex-aggregate', 'iex-aggregate-1', 'iex-aggregate-5', 'iex-aggregate-15'];

/** The transforms that a Dataflow runner does by itself. */
const RUNNER_TRANSFORMS = [
  'beam:transform:flatten:v1',
  'beam:transform:group_by_key:v1',
  'beam:transform:impulse:v1',
];

describe("the pipelines of the templates, for Beam's own validator and fuser", () => {
  let pipelines: FusedPipeline[];

  before(async function () {
    const missing = missingTools('java', 'mvn', 'python3');
    if (missing) skipSuite(this, missing);
    // The first time, it builds the jar and installs Beam for Python.
    this.timeout(600_000);
    pipelines = await fusedTemplates();
  });

  it('are valid, and require only features that every runner has', () => {
    expect(pipelines.map(({ job }) => job)).to.have.members(JOBS);
    for (const { job, runnerTransforms } of pipelines) {
      expect([...new Set(runnerTransforms)], job).to.have.members(RUNNER_TRANSFORMS);
    }
  });

  it('have a TypeScript stage for messages, refused rows and lost dead letters each', () => {
    for (const { job, stages } of pipelines) {
      const ours = stages.filter(({ isTypeScript }) => isTypeScript);
      const steps = ours.map(({ steps }) => steps);
      const has = (step: string) =>
        steps.filter((names) => names.some((name) => name.startsWith(step)));
      expect(steps, job).to.have.length(3);
      // From the message to the row in one stage: no row is stored in between, and a message is
      // done with its rows.
      expect(has('Read messages'), job).to.deep.equal(has('Write to quote/As rows'));
      expect(has('Refuse rows'), job).to.have.length(1);
      expect(has('Log lost dead letters'), job).to.deep.equal([
        ['Log lost dead letters/map(logLostDeadLetter)'],
      ]);
    }
  });

  it('have TypeScript stages without state, timers and side inputs', () => {
    for (const { stages } of pipelines) {
      for (const { isTypeScript, payload } of stages) {
        if (!isTypeScript) continue;
        const { sideInputs, userStates, timers, timerFamilies } = payload;
        expect([...sideInputs, ...userStates, ...timers, ...timerFamilies]).to.deep.equal([]);
      }
    }
  });
});
