import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { skipTest } from 'iex-test/support/skip';
import { alertsOf } from './specification/alerts.js';
import { settingsOf } from './specification/settings.js';
import { copyOfConfiguration, terraform } from './terraform.js';

/** A graph of Terraform's actions: each node with those that come before it. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the DOT that `terraform graph` prints. */
function readGraph(dot: string): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [, from = '', to = ''] of dot.matchAll(/^\s*"([^\n]+)" -> "([^\n]+)"/gm)) {
    const name = nodeName(from);
    graph.set(name, (graph.get(name) ?? new Set()).add(nodeName(to)));
  }
  return graph;
}

const nodeName = (text: string) =>
  text
    .replaceAll('\\"', '"')
    .replace(/^\[root\] /, '')
    .replace(/ \(expand\)$/, '');

/** All that must be done before a node. */
function requirementsOf(node: string, graph: Graph): Set<string> {
  const seen = new Set<string>();
  const queue = [node];
  for (const name of queue) {
    for (const next of graph.get(name) ?? []) {
      if (!seen.has(next)) queue.push(next);
      seen.add(next);
    }
  }
  return seen;
}

const FUNCTION = 'google_cloudfunctions2_function.function';

describe('the order of a deployment', () => {
  const folder = copyOfConfiguration();
  let graph: Graph;

  before(async () => {
    await useLocalState(folder);
    graph = readGraph(await run(folder, 'graph'));
  });

  const nodes = (pattern: RegExp) => {
    const all = new Set([...graph.keys(), ...[...graph.values()].flatMap((set) => [...set])]);
    const matching = [...all].filter((name) => pattern.test(name));
    expect(matching, String(pattern)).not.to.have.length(0);
    return matching;
  };

  it('begins with the APIs, and a wait until they are usable', () => {
    const resources = nodes(/^google_(?!project_service\.)/);
    for (const name of resources) {
      const requirements = requirementsOf(name, graph);
      expect([...requirements], name).to.include('terraform_data.services_ready');
    }
    expect([...requirementsOf('terraform_data.services_ready', graph)]).to.deep.equal([
      'google_project_service.service',
    ]);
  });

  describe('waits between a role and the resources that need it', () => {
    /**
     * Each role, and the first resource that needs it. No resource here waits for the readers of
     * rows.
     */
    const users: [role: RegExp, user: string | undefined][] = [
      [/\.(build_|function_publisher|quote_api_token_accessor)/, FUNCTION],
      [/\.dataflow_/, 'google_dataflow_job.aggregate'],
      [/\.tick_/, 'google_pubsub_subscription.tick'],
      [/\.(dead_letter_|push_invoker)/, 'google_cloud_scheduler_job.alarm'],
      [/\.reader$/, undefined],
    ];

    it('for every role', () => {
      for (const role of nodes(/_iam_member\./)) {
        const matching = users.filter(([pattern]) => pattern.test(role));
        expect(matching, role).to.have.length(1);
      }
    });

    for (const [pattern, user] of users) {
      if (!user) continue;
      it(`for ${user}`, () => {
        const required = requirementsOf(user, graph);
        const waits = [...required].filter((name) => /^terraform_data\.\w+_ready$/.test(name));
        for (const role of nodes(/_iam_member\./).filter((name) => pattern.test(name))) {
          const after = waits.filter((wait) => requirementsOf(wait, graph).has(role));
          expect(after, `waits after ${role}`).not.to.have.length(0);
        }
      });
    }
  });

  it('lets Pub/Sub write into BigQuery when the account that writes exists', () => {
    for (const role of nodes(/\.tick_(editor|metadata_viewer)$/)) {
      expect([...requirementsOf(role, graph)], role).to.include('google_pubsub_topic.topic');
    }
  });

  it('lets Pub/Sub push only when it may invoke the function and write dead letters', () => {
    expect([...requirementsOf('google_pubsub_subscription.push', graph)]).to.include.members([
      'google_cloud_run_v2_service_iam_member.push_invoker',
      'google_pubsub_topic_iam_member.dead_letter_publisher',
    ]);
  });

  it('starts a job when its subscription and its tables exist', () => {
    expect([...requirementsOf('google_dataflow_job.aggregate', graph)]).to.include.members([
      'google_bigquery_table.dead_letter',
      'google_bigquery_table.quote',
      'google_pubsub_subscription.aggregate',
    ]);
  });

  it('ends with the alarms, when everything that handles messages is there', () => {
    const requirements = requirementsOf('google_cloud_scheduler_job.alarm', graph);
    expect([...requirements]).to.include.members([
      FUNCTION,
      'google_pubsub_subscription.aggregate',
      'google_pubsub_subscription.dead_letter',
      'google_pubsub_subscription.push',
      'google_pubsub_subscription.tick',
      'terraform_data.delivery_ready',
    ]);
  });
});

describe('an address that is removed from alert_emails', () => {
  const folder = copyOfConfiguration();

  it('loses its channel only after the alerts and the budget no longer use it', async function () {
    this.timeout(60_000);
    await useLocalState(folder);
    const command = (...args: string[]) => [
      ...args,
      '-input=false',
      '-var=project_id=test-project',
      '-var=code_bucket=test-project-code',
      `-var=function_object=function/${'0'.repeat(64)}.zip`,
      '-var=dataflow_template_version=0a1b2c',
      '-var=propagation_seconds=1',
      '-var=quote_api_token_version=1',
      '-var=budget={billing_account="012345-6789AB-CDEF01",monthly_amount=1}',
    ];
    const channels = 'google_monitoring_notification_channel.email';
    const apply = command('apply', '-auto-approve', `-target=${channels}`);
    const applied = await terraform(folder, [...apply, '-var=alert_emails=["a@x.co", "b@x.co"]']);
    if (/credentials/i.test(applied.output)) skipTest(this, 'the provider is the real one');
    expect(applied.code, applied.output).to.equal(0);
    // The wait before it takes its time, which Terraform reports.
    expect(applied.output).to.match(/services_ready: Creation complete after [1-9]\d*s/);

    await run(folder, ...command('plan', '-out=plan'), '-var=alert_emails=["a@x.co"]');
    const graph = readGraph(await run(folder, 'graph', '-plan=plan'));
    expect([...requirementsOf(`${channels}["b@x.co"] (destroy)`, graph)]).to.include.members([
      'google_billing_budget.monthly[0]',
      ...Object.keys(alertsOf(settingsOf('by default'))).map(
        (name) => `google_monitoring_alert_policy.alert["${name}"]`,
      ),
    ]);
  });
});

/** Runs Terraform, which must succeed. */
async function run(folder: string, ...args: string[]): Promise<string> {
  const { code, stdout, output } = await terraform(folder, args);
  expect(code, output).to.equal(0);
  return stdout;
}

/**
 * Keeps the state in a file instead of a bucket. A real provider accepts no such credentials, so
 * that a test can never change a project.
 */
async function useLocalState(folder: string): Promise<void> {
  writeFileSync(
    join(folder, 'override.tf'),
    'terraform {\n  backend "local" {}\n}\n\nprovider "google" {\n  credentials = "none"\n}\n',
  );
  await run(folder, 'init', '-input=false', '-reconfigure');
}
