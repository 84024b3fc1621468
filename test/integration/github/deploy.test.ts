import { createHash } from 'node:crypto';
import { chmodSync, cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { CODE, PROJECT, recordedPlan, STATE, Workplace } from '../deploy/harness.js';
import { type Context, environmentOf, ROOT, readWorkflow, runStep } from './workflow.js';

const ID = createHash('sha256').update('the plan').digest('hex');

const VARIABLES: Context = {
  'vars.DEPLOY_PROJECT': PROJECT,
  'vars.DEPLOY_REGION': 'europe-west2',
  'vars.DEPLOY_STATE_BUCKET': STATE,
  'vars.DEPLOY_CODE_BUCKET': CODE,
  'github.token': 'token',
  'github.event.pull_request.number': '7',
  'needs.plan.outputs.id': ID,
};

describe('the workflow deploy.yml', function () {
  this.timeout(60_000);
  const workflow = readWorkflow('deploy');
  let workplace: Workplace;

  beforeEach(async () => {
    workplace = await Workplace.open();
    workplace.answer('terraform', ['plan'], { plan: 'the plan' });
    const values = { project_id: PROJECT, region: 'europe-west2', code_bucket: CODE };
    const variables = Object.entries(values).map(([name, value]) => [name, { value }]);
    const plan = {
      ...JSON.parse(recordedPlan('create')),
      variables: Object.fromEntries(variables),
    };
    workplace.answer('terraform', ['show'], { stdout: JSON.stringify(plan) });
    for (const path of ['deploy', 'node_modules', 'infrastructure']) {
      symlinkSync(join(workplace.checkout, path), join(workplace.folder, path));
    }
    symlinkSync(join(ROOT, '.ci'), join(workplace.folder, '.ci'));
    cpSync(join(ROOT, 'deploy.mjs'), join(workplace.folder, 'deploy.mjs'));
    writeFileSync(join(workplace.folder, 'deployment.tfvars'), 'log_level = "debug"\n');
    // It keeps what it is asked to write.
    const gh = join(workplace.folder, 'gh');
    writeFileSync(gh, `#!/bin/sh\nprintf '%s\\n' "$@" >'${workplace.folder}/gh.txt'\n`);
    chmodSync(gh, 0o755);
  });

  afterEach(() => workplace.close());

  const read = (file: string) => readFileSync(join(workplace.folder, file), 'utf8');

  /** Runs a job's own command, which is its last step; everything before it prepares the machine. */
  async function run(job: string, context: Context = {}) {
    const step = workflow.jobs[job]?.steps.at(-1);
    if (!step) throw new Error(`no job ${job}`);
    const files = ['output', 'summary'].map((name) => join(workplace.folder, name));
    for (const file of files) writeFileSync(file, '');
    const path = [workplace.folder, dirname(process.execPath), '/usr/bin', '/bin'];
    const ended = await runStep(step, workplace.folder, {
      ...workplace.env,
      HOME: workplace.folder,
      PATH: path.join(':'),
      GITHUB_REPOSITORY: 'octo/quotes',
      GITHUB_OUTPUT: files[0],
      GITHUB_STEP_SUMMARY: files[1],
      ...environmentOf(workflow, step, { ...VARIABLES, ...context }),
    });
    return { ...ended, output: read('output'), summary: read('summary') };
  }

  const applies = () => workplace.callsOf('terraform').filter((call) => call.includes(' apply '));

  it('plans a pull request, uploads nothing, and comments with the plan', async () => {
    const { code, stderr, output, summary } = await run('preview');
    expect(code, stderr).to.equal(0);
    expect(summary).to.contain('+ google_bigquery_table.quote').and.contain('Nothing is applied');
    const [, delimiter, plan = ''] = /^plan<<([0-9a-f]{32})\n([\s\S]*)\n\1\n$/.exec(output) ?? [];
    expect(delimiter).not.to.equal(undefined);
    expect(plan.trim()).to.equal(summary.trim());
    expect(workplace.emulator.changes).to.deep.equal([]);
    expect(applies()).to.deep.equal([]);

    const comment = await run('comment', { 'needs.preview.outputs.plan': plan });
    expect(comment.code, comment.stderr).to.equal(0);
    expect(read('gh.txt'))
      .to.match(/^pr\ncomment\n7\n--repo\nocto\/quotes\n/)
      .and.contain(plan);
  });

  it('shows a plan that is longer than a comment may be', async () => {
    const changes = JSON.parse(recordedPlan('create')).resource_changes;
    const resource_changes = Array.from({ length: 3000 }, (_, i) => ({
      ...changes[0],
      address: `google_project_service.service["a-long-name-of-a-service-${i}"]`,
    }));
    const stdout = JSON.stringify({ ...JSON.parse(recordedPlan('create')), resource_changes });
    workplace.answer('terraform', ['show'], { stdout });
    const { code, summary } = await run('preview');
    expect(code).to.equal(0);
    expect(summary.length).to.be.within(60_000, 65_536);
    expect(summary).to.match(/\n~~~~~~~~\n$/);
  });

  it('plans the main branch, and applies exactly this plan in the next job', async () => {
    const planned = await run('plan');
    expect(planned.code, planned.stderr).to.equal(0);
    expect(planned.output).to.equal(`id=${ID}\n`);
    expect(planned.summary).to.contain('+ google_bigquery_table.quote');
    expect(applies()).to.deep.equal([]);

    workplace.forgetCalls();
    for (const program of ['java', 'mvn', 'python3', 'npm'])
      rmSync(join(workplace.folder, program));
    const applied = await run('apply');
    expect(applied.code, applied.stderr).to.equal(0);
    expect(applies()).to.have.length(1);
    expect(workplace.callsOf('terraform').some((call) => call.includes(' plan '))).to.equal(false);
  });

  it('has nothing to approve if nothing changes', async () => {
    workplace.answer('terraform', ['show'], { stdout: recordedPlan('no-changes') });
    const { code, output } = await run('plan');
    expect(code).to.equal(0);
    expect(output).to.equal('');
    expect(workflow.jobs.apply?.if).to.equal("needs.plan.outputs.id != ''");
  });

  it('fails, without a plan to approve, if the plan fails', async () => {
    workplace.answer('terraform', ['plan'], { stderr: 'Error: no permission\n', code: 1 });
    const { code, output, stderr } = await run('plan');
    expect(code).to.equal(1);
    expect(stderr).to.contain('Error: no permission');
    expect(output).to.equal('');
  });

  it('gives no identity to a fork, to no job before approval, and to none that writes comments', () => {
    const { preview, comment, plan, apply } = workflow.jobs;
    expect(Object.keys(workflow.on)).to.deep.equal(['pull_request', 'push', 'workflow_dispatch']);
    expect(workflow.permissions).to.deep.equal({});
    expect(preview?.if).to.contain(
      'github.event.pull_request.head.repo.id == github.event.repository.id',
    );
    expect(comment?.permissions).to.deep.equal({ 'pull-requests': 'write' });
    expect(comment?.steps.some(({ uses }) => uses)).to.equal(false);
    for (const job of [preview, plan, apply]) {
      expect(job?.permissions).to.deep.equal({ contents: 'read', 'id-token': 'write' });
    }
    expect([preview, plan, apply].map((job) => job?.environment)).to.deep.equal([
      undefined,
      undefined,
      'production',
    ]);
  });
});
