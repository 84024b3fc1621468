import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from 'iex-test/support/folder';
import { type Ended, ScriptHost } from 'iex-test/support/script-host';
import { untilTrue } from 'iex-test/support/until';
import { FRUGAL_GO } from '../infrastructure/provider.js';
import { copyOfConfiguration } from '../infrastructure/terraform.js';
import { makeCheckout } from './checkout.js';
import { CODE, PROJECT, STATE, Workplace } from './harness.js';

const STATE_OBJECT = 'iex-stream/default.tfstate';
const LOCK_OBJECT = 'iex-stream/default.tflock';

/** Values that a provider with only a schema leaves empty, unlike the real one. */
const OVERRIDE = `
resource "google_pubsub_subscription" "push" {
  push_config {
    push_endpoint = "https://example.com"
  }
}
`;

const FREE_SOURCE = 'quote_source = "iex"\nquote_api_url = "https://example.com"';

// The order matters: each test continues after the one before it.
describe('deploy.mjs with the real Terraform', function () {
  this.timeout(60_000);
  const configuration = copyOfConfiguration();
  const repository = temporaryFolder();
  const script = join(repository, 'deploy.mjs');
  const host = ScriptHost.forSuite();
  let workplace: Workplace;

  before(async () => {
    makeCheckout(repository, ['iex-dataflow/template'], configuration);
    writeFileSync(join(configuration, 'override.tf'), OVERRIDE);

    workplace = await Workplace.open();
    workplace.remove('terraform');
  });

  after(() => workplace?.close());

  /** The flags of a deployment with a variable file; by default with a source without a token. */
  function flags(args: string[], more = '', source = FREE_SOURCE): string[] {
    const file = join(repository, 'test.tfvars');
    // No change has to reach Google's servers.
    writeFileSync(file, `${source}\n${more}\npropagation_seconds = 0\n`);
    return ['--project', PROJECT, '--var-file', file, ...args];
  }

  const environment = () => ({
    ...FRUGAL_GO,
    CHECKPOINT_DISABLE: '1',
    PATH: [workplace.folder, process.env.PATH].join(delimiter),
  });

  const run = (args: string[]) => workplace.deployIn(host(), args, environment(), script);

  const deploy = (...values: Parameters<typeof flags>) => run(flags(...values));

  const applyPlan = (id: string) => run(['--project', PROJECT, '--apply-plan', id]);

  const objects = (prefix = '') => workplace.emulator.objects.list(CODE, prefix);
  const state = () =>
    JSON.parse(String(workplace.emulator.objects.content(STATE, STATE_OBJECT) ?? '{}'));

  function holdLock(): void {
    const lock = { bucket: STATE, name: LOCK_OBJECT, fields: {}, ifGenerationMatch: null };
    workplace.emulator.objects.put(lock, Buffer.from('{"ID": "1", "Who": "somebody"}'));
  }

  function expectSuccess({ code, stdout, stderr }: Ended): void {
    expect(code, stdout + stderr).to.equal(0);
    expect(workplace.emulator.objects.get(STATE, LOCK_OBJECT), 'lock').to.equal(undefined);
  }

  it('shows a wrong variable before it builds', async () => {
    const { code, stderr } = await deploy(['--yes'], 'log_level = "loud"');
    expect(code).to.equal(1);
    expect(stderr).to.contain('log_level must be debug, info, warning or error');
    expect(workplace.callsOf('build-templates')).to.deep.equal([]);
  });

  it('refuses a variable file that contradicts a flag', async () => {
    const { code, stderr } = await deploy(['--yes'], 'region = "us-central1"');
    expect(code).to.equal(1);
    expect(stderr).to.contain('region is us-central1 in a variable file, but --region is');
  });

  it('shows why a plan fails', async () => {
    const { code, stderr } = await deploy(['--plan-only'], '', 'quote_source = "alpaca"');
    expect(code).to.equal(1);
    expect(stderr).to.contain('alpaca needs a token').and.contain('terraform plan failed');
  });

  it('only plans with --plan-only, once another deployment has released the lock', async () => {
    holdLock();
    const { ended, shown } = workplace.start(flags(['--plan-only']), environment(), script);
    await untilTrue(() => shown().includes('waiting for another deployment'));
    expect(workplace.emulator.objects.delete(STATE, LOCK_OBJECT)).to.equal(true);
    expectSuccess(await ended);
    expect(shown())
      .to.match(/: [1-9]\d to create, 0 to change, 0 to replace, 0 to destroy\./)
      .and.contain('+ google_dataflow_job.aggregate["iex-aggregate-15"]');
    expect(state().resources ?? []).to.deep.equal([]);
  });

  it('gives up when its time is up, names the holder of the lock, and keeps the lock', async () => {
    holdLock();
    const { code, stderr } = await deploy(['--yes', '--lock-timeout', '1s']);
    expect(code).to.equal(1);
    expect(stderr).to.contain('Error acquiring the state lock').and.contain('somebody');
    expect(workplace.emulator.objects.delete(STATE, LOCK_OBJECT)).to.equal(true);
  });

  it('creates everything, and keeps the state in its bucket', async () => {
    const ended = await deploy(['--yes']);
    expectSuccess(ended);
    expect(ended.stdout).to.match(
      /Apply complete! Resources: [1-9]\d added, 0 changed, 0 destroyed/,
    );
    const [zip, ...others] = objects('function/');
    expect(others).to.deep.equal([]);
    const resource = (type: string, name: string) =>
      state().resources.find(
        (r: { type: string; name: string }) => r.type === type && r.name === name,
      ).instances[0].attributes;
    const { build_config } = resource('google_cloudfunctions2_function', 'function');
    expect(build_config[0].source[0].storage_source[0].object).to.equal(zip?.name);
    const { labels } = resource('google_dataflow_job', 'aggregate');
    expect(labels).to.deep.equal({ 'template-version': 'abcdefabcdef' });
  });

  it('has nothing to do the next time', async () => {
    const before = state().serial;
    const ended = await deploy(['--yes']);
    expectSuccess(ended);
    expect(ended.stdout)
      .to.contain('No changes')
      .and.match(/^Functions +unchanged: /m);
    expect(state().serial).to.equal(before);
  });

  it('updates the jobs, and no more, for new templates; a saved plan does so once', async () => {
    workplace.answerTemplates('fedcbafedcba');
    const ended = await deploy(['--save-plan']);
    expectSuccess(ended);
    const change =
      '~ google_dataflow_job.aggregate["iex-aggregate-5"]  (labels, template_gcs_path)';
    expect(ended.stdout)
      .to.contain(change)
      .and.contain('0 to create, 3 to change, 0 to replace, 0 to destroy');
    const [, id = ''] = /^Saved as plan (\w+)$/m.exec(ended.stdout) ?? [];
    const before = state().serial;
    const applied = await applyPlan(id);
    expectSuccess(applied);
    expect(applied.stdout)
      .to.contain(change)
      .and.match(/Apply complete! Resources: 0 added, 3 changed, 0 destroyed/);
    expect(state().serial).to.be.above(before);
    const again = await applyPlan(id);
    expect(again.code).to.equal(1);
    expect(again.stderr).to.contain('The plan is stale').and.contain('Nothing was changed.');
  });

  it('has the jobs of the layout that a variable file says', async () => {
    const ended = await deploy(['--plan-only'], 'dataflow_layout = "single"');
    expectSuccess(ended);
    expect(workplace.callsOf('build-templates').at(-1)).to.contain('single');
    expect(ended.stdout)
      .to.contain('+ google_dataflow_job.aggregate["iex-aggregate"]')
      .and.contain(
        'google_pubsub_subscription.aggregate["iex-aggregate-1"] (destroy): its messages',
      );
  });

  it('destroys no protected resources', async () => {
    const { code, stdout, stderr } = await deploy(['--destroy', '--yes']);
    expect(code).to.equal(1);
    expect(stdout).to.contain('Protected by deletion_protection: google_bigquery_table.quote');
    expect(stderr).to.contain('deploy with deletion_protection = false');
    expect(state().resources).not.to.deep.equal([]);
  });

  it('does not switch the window engine at once, which would lose quotes', async () => {
    const { code, stdout, stderr } = await deploy(['--yes'], 'window_engine = "bigquery"');
    expect(code).to.equal(1);
    expect(stdout)
      .to.contain('google_bigquery_table.quote (replace): its rows')
      .and.contain('become views of iex.tick');
    expect(stderr).to.contain('deploy with window_engine = "both" first');
  });

  it('has both engines before a switch, and can lift the protection', async () => {
    const ended = await deploy(['--yes'], 'window_engine = "both"\ndeletion_protection = false');
    expectSuccess(ended);
    expect(ended.stdout)
      .to.contain('+ google_bigquery_table.tick["tick"]')
      .and.contain('~ google_bigquery_table.quote  (deletion_protection)')
      // The waits for roles start again; nothing else is replaced or deleted.
      .and.not.match(/^ {2}[-±] (?!terraform_data\.\w+_ready)/m);
  });

  it('drains the jobs, then deletes the table, then creates the view of its name', async () => {
    for (const program of ['java', 'mvn', 'python3']) workplace.remove(program);
    const ended = await deploy(
      ['--yes'],
      'window_engine = "bigquery"\ndeletion_protection = false',
    );
    expectSuccess(ended);
    const lines = ended.stdout.split('\n');
    const lineOf = (text: string) => {
      const index = lines.findIndex((line) => line.startsWith(text));
      expect(index, text).to.be.at.least(0);
      return index;
    };
    const drained = [1, 5, 15].map((minutes) =>
      lineOf(`google_dataflow_job.aggregate["iex-aggregate-${minutes}"]: Destruction complete`),
    );
    for (const table of ['quote', 'dead_letter']) {
      const deleted = lineOf(`google_bigquery_table.${table}: Destruction complete`);
      expect(Math.max(...drained), table).to.be.below(
        lineOf(`google_bigquery_table.${table}: Destroying`),
      );
      expect(deleted, table).to.be.below(lineOf(`google_bigquery_table.${table}: Creating`));
    }
  });

  it('destroys everything once it is not protected', async () => {
    // Without the variables: the resources are known from the state.
    const ended = await deploy(['--destroy', '--yes'], '', '');
    expectSuccess(ended);
    expect(ended.stdout).to.match(/0 to create, 0 to change, 0 to replace, [1-9]\d to destroy/);
    expect(state().resources).to.deep.equal([]);
  });
});
