import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { type Ended, ScriptHost } from 'iex-test/support/script-host';
import { CODE, PROJECT, recordedPlan, STATE, Workplace } from './harness.js';

const ID = createHash('sha256').update('the plan').digest('hex');

describe('a saved plan', function () {
  this.timeout(60_000);
  const host = ScriptHost.forSuite();
  let workplace: Workplace;

  beforeEach(async () => {
    workplace = await Workplace.open();
    workplace.answer('terraform', ['plan'], { plan: 'the plan' });
    answerVariables({});
  });

  afterEach(() => workplace.close());

  const deploy = (...args: string[]) => workplace.deployIn(host(), ['--project', PROJECT, ...args]);

  /** The values with which the plan was made, as Terraform reads them from it. */
  function answerVariables(changed: Record<string, string>): void {
    const values = { project_id: PROJECT, region: 'europe-west2', code_bucket: CODE, ...changed };
    const variables = Object.entries(values).map(([name, value]) => [name, { value }]);
    const plan = {
      ...JSON.parse(recordedPlan('create')),
      variables: Object.fromEntries(variables),
    };
    workplace.answer('terraform', ['show'], { stdout: JSON.stringify(plan) });
  }

  const applies = () => workplace.callsOf('terraform').filter((call) => call.includes(' apply '));
  const saved = () => workplace.emulator.objects.list(STATE, 'plans/').map(({ name }) => name);

  function save(content: string, id = ID): void {
    const object = { bucket: STATE, name: `plans/${id}`, fields: {}, ifGenerationMatch: null };
    workplace.emulator.objects.put(object, Buffer.from(content));
  }

  function expectLastLine({ code, stderr }: Ended, text: string): void {
    expect(code, stderr).to.equal(1);
    expect(stderr.trim().split('\n').at(-1)).to.contain(text);
  }

  it('is kept next to the state under its hash, with its code uploaded and nothing applied', async () => {
    const { code, stdout, stderr } = await deploy('--save-plan');
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(new RegExp(`^Saved as plan ${ID}$`, 'm'));
    expect(saved()).to.deep.equal([`plans/${ID}`]);
    expect(String(workplace.emulator.objects.content(STATE, `plans/${ID}`))).to.equal('the plan');
    expect(workplace.emulator.objects.list(CODE, 'function/')).to.have.length(1);
    expect(applies()).to.deep.equal([]);
  });

  it('is not kept if nothing changes', async () => {
    workplace.answer('terraform', ['show'], { stdout: recordedPlan('no-changes') });
    const { code, stdout } = await deploy('--save-plan');
    expect(code).to.equal(0);
    expect(stdout).to.contain('No changes').and.not.contain('Saved as plan');
    expect(saved()).to.deep.equal([]);
  });

  it('is applied exactly, without a question or a build, and shown again', async () => {
    save('the plan');
    for (const program of ['java', 'mvn', 'python3', 'npm']) workplace.remove(program);
    const { code, stdout, stderr } = await deploy('--apply-plan', ID);
    expect(code, stderr).to.equal(0);
    expect(applies()).to.have.length(1);
    expect(workplace.callsOf('terraform').some((call) => call.includes(' plan '))).to.equal(false);
    expect(stdout)
      .to.contain('+ google_bigquery_table.quote')
      .and.contain('Apply complete!')
      .and.match(/^iex-aggregate-1 +running$/m)
      .and.match(/Deployed\.\n$/);
    expect(workplace.emulator.changes).to.deep.equal([]);
  });

  it('is refused if there is none, or if its content was replaced', async () => {
    expectLastLine(await deploy('--apply-plan', ID), `plans/${ID} does not exist: plan again`);
    save('another plan');
    expectLastLine(await deploy('--apply-plan', ID), 'its content was replaced');
    expect(workplace.callsOf('terraform').join()).not.to.contain('apply');
  });

  it('is refused if it was made for another place', async () => {
    save('the plan');
    answerVariables({ region: 'us-central1' });
    expectLastLine(await deploy('--apply-plan', ID), 'region is us-central1 in the saved plan');
    expect(applies()).to.deep.equal([]);
  });

  it('is refused if it is stale, and says that nothing was applied', async () => {
    save('the plan');
    const error = 'Error: Saved plan is stale\n\nThe given plan file can no longer be applied\n';
    workplace.answer('terraform', ['apply'], { stderr: error, code: 1 });
    const ended = await deploy('--apply-plan', ID);
    expectLastLine(ended, 'The plan is stale');
    expect(ended.stderr).to.contain('Nothing was changed.');
  });

  it('that fails half-way says so, after what Terraform says', async () => {
    save('the plan');
    workplace.answer('terraform', ['apply'], { stderr: 'Error: quota exceeded\n', code: 1 });
    const ended = await deploy('--apply-plan', ID);
    expectLastLine(ended, 'Part of the plan may have been applied.');
    expect(ended.stdout).to.contain('Error: quota exceeded');
  });
});
