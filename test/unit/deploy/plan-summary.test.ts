import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Plan, ResourceChange } from 'iex-deploy/src/plan';
import { summarize } from 'iex-deploy/src/plan-summary';

/** A plan that Terraform 1.11.4 made of this project, with fewer resources. */
const recorded = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`../../fixtures/deploy/plan-${name}.json`, import.meta.url), 'utf8'),
  );

/** A plan with one change. */
const planOf = (
  type: string,
  change: Partial<ResourceChange['change']> & { actions: string[] },
  more: Plan = {},
): Plan => ({
  resource_changes: [{ address: `${type}.a`, type, change: { before: {}, after: {}, ...change } }],
  ...more,
});

describe('the summary of a plan', () => {
  it('of a first deployment has a line for each resource', () => {
    const { hasChanges, counts, changes, losses, protectedAddresses } = summarize(
      recorded('create'),
    );
    expect(hasChanges).to.equal(true);
    expect(counts).to.equal('7 to create, 0 to change, 0 to replace, 0 to destroy');
    expect(changes).to.have.length(7).and.to.include('+ google_bigquery_dataset.iex');
    expect(losses).to.deep.equal([]);
    expect(protectedAddresses).to.deep.equal([]);
  });

  it('of no changes has none', () => {
    const { hasChanges, changes } = summarize(recorded('no-changes'));
    expect({ hasChanges, changes }).to.deep.equal({ hasChanges: false, changes: [] });
  });

  it('shows which fields change', () => {
    const { counts, changes } = summarize(recorded('change'));
    expect(counts).to.equal('0 to create, 1 to change, 0 to replace, 0 to destroy');
    expect(changes).to.deep.equal(['~ google_dataflow_job.aggregate["iex-aggregate-1"]  (labels)']);
  });

  it('of a replacement shows what is lost, and nothing for a view', () => {
    const { counts, changes, losses, protectedAddresses } = summarize(recorded('replace'));
    expect(counts).to.equal('0 to create, 0 to change, 2 to replace, 0 to destroy');
    expect(changes).to.deep.equal([
      '± google_bigquery_table.quote',
      '± google_bigquery_table.view["top_stocks"]',
    ]);
    expect(losses).to.deep.equal(['google_bigquery_table.quote (replace): its rows']);
    expect(protectedAddresses).to.deep.equal(['google_bigquery_table.quote']);
  });

  it('of a destruction shows all losses', () => {
    const { counts, losses, protectedAddresses } = summarize(recorded('destroy'));
    expect(counts).to.equal('0 to create, 0 to change, 0 to replace, 7 to destroy');
    expect(losses).to.deep.equal([
      'google_bigquery_dataset.iex (destroy): all its tables',
      'google_bigquery_table.quote (destroy): its rows',
      'google_pubsub_subscription.aggregate["iex-aggregate-1"] (destroy): its messages',
      'google_secret_manager_secret.quote_api_token (destroy): all versions of its value',
    ]);
    expect(protectedAddresses).to.deep.equal([
      'google_bigquery_table.quote',
      'google_secret_manager_secret.quote_api_token',
    ]);
  });

  it("warns of the configuration's checks that fail", () => {
    expect(summarize(recorded('create')).warnings).to.include(
      'gs://test-code does not lie in europe-west2: workers would read and write across regions.',
    );
    const checks = [{ status: 'pass', instances: [{ problems: [{ message: 'none' }] }] }];
    expect(summarize({ checks }).warnings).to.deep.equal([]);
  });

  it('shows the changes that delete most first', () => {
    const actions = [
      ['create'],
      ['update'],
      ['create', 'delete'],
      ['delete'],
      ['forget'],
      ['read'],
    ];
    const { changes, counts } = summarize({
      resource_changes: actions.map((action, i) => ({
        address: `r${i}`,
        type: 't',
        change: { actions: action, before: { a: 1 }, after: { a: 2 } },
      })),
    });
    expect(changes).to.deep.equal(['- r3', '± r2', '~ r1  (a)', '+ r0', 'x r4']);
    expect(counts).to.equal('1 to forget, 1 to create, 1 to change, 1 to replace, 1 to destroy');
  });

  it('shows why something is replaced', () => {
    const plan = planOf('t', {
      actions: ['delete', 'create'],
      replace_paths: [['schema'], ['time_partitioning', 0, 'type']],
    });
    expect(summarize(plan).changes).to.deep.equal([
      '± t.a  (because of schema, time_partitioning.0.type)',
    ]);
  });

  it('counts a field that is not known yet as changed, at any depth', () => {
    const plan = planOf('t', {
      actions: ['update'],
      before: { same: [1], known: null, deep: [{ a: 1 }] },
      after: { same: [1], deep: [{}] },
      after_unknown: { etag: true, same: [false], deep: [{ a: true }] },
    });
    expect(summarize(plan).changes).to.deep.equal(['~ t.a  (deep, etag)']);
  });

  it('counts a job as lost data only if it is cancelled', () => {
    const lossesWith = (on_delete: string) =>
      summarize(planOf('google_dataflow_job', { actions: ['delete'], before: { on_delete } }))
        .losses;
    expect(lossesWith('drain')).to.deep.equal([]);
    expect(lossesWith('cancel').join()).to.contain('google_dataflow_job.a (destroy)');
  });

  it('recognizes changes of outputs only, whether Terraform says so or not', () => {
    const output_changes = { topics: { actions: ['update'] } };
    expect(summarize({ output_changes }).hasChanges).to.equal(true);
    expect(summarize({ output_changes: { topics: { actions: ['no-op'] } } }).hasChanges).to.equal(
      false,
    );
    expect(summarize({ applyable: true, output_changes }).hasChanges).to.equal(true);
    expect(summarize({}).hasChanges).to.equal(false);
  });

  it('has something to apply if a resource only moves', () => {
    const plan = planOf('t', { actions: ['no-op'] }, { applyable: true });
    expect(summarize(plan)).to.deep.include({ hasChanges: true, changes: [] });
  });
});
