import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { copyOfConfiguration, terraform } from './terraform.js';

/** Pairs of resources in the order in which they must be created, and why. */
const ORDER: [later: string, earlier: string, why: string][] = [
  [
    'terraform_data.services_ready',
    'google_project_service.service',
    'an API takes time to be in effect',
  ],

  // The first build of a function and its first instance, and the start of a job, need these
  // roles immediately.
  ...[
    'google_artifact_registry_repository_iam_member.build_writer',
    'google_bigquery_table_iam_member.dataflow_editor',
    'google_project_iam_member.build_log_writer',
    'google_project_iam_member.build_source_viewer',
    'google_project_iam_member.dataflow_worker',
    'google_pubsub_subscription_iam_member.dataflow_subscriber',
    'google_pubsub_subscription_iam_member.dataflow_viewer',
    'google_pubsub_topic_iam_member.function_publisher',
    'google_secret_manager_secret_iam_member.quote_api_token_accessor',
    'google_storage_bucket_iam_member.dataflow_staging_viewer',
    'google_storage_bucket_iam_member.dataflow_temp_admin',
  ].map((role): [string, string, string] => [
    'terraform_data.roles_ready',
    role,
    'a role takes time to be in effect',
  ]),
  [
    'google_cloudfunctions2_function.function',
    'terraform_data.roles_ready',
    'the build reads the source, and writes the image and logs',
  ],
  [
    'google_dataflow_job.aggregate',
    'terraform_data.roles_ready',
    'workers read messages and write rows from their start on',
  ],
  [
    'google_dataflow_job.aggregate',
    'google_pubsub_subscription.aggregate',
    'a job fails without its subscription',
  ],
  ['google_dataflow_job.aggregate', 'google_bigquery_table.quote', 'a job fails without its table'],
  [
    'google_dataflow_job.aggregate',
    'google_bigquery_table.dead_letter',
    'a job fails without its table',
  ],

  // Pub/Sub tries a message five times; then it is a dead letter, or lost if that cannot be
  // written.
  [
    'google_pubsub_subscription.push',
    'google_cloud_run_v2_service_iam_member.push_invoker',
    'a push invokes the function',
  ],
  [
    'google_pubsub_subscription.push',
    'google_pubsub_topic_iam_member.dead_letter_publisher',
    'Pub/Sub publishes what a function refuses',
  ],
  ...[
    'google_cloud_run_v2_service_iam_member.push_invoker',
    'google_pubsub_subscription_iam_member.dead_letter_subscriber',
    'google_pubsub_topic_iam_member.dead_letter_publisher',
  ].map((role): [string, string, string] => [
    'terraform_data.delivery_ready',
    role,
    'a role takes time to be in effect',
  ]),

  // The first alarm starts the flow of messages.
  ['google_cloud_scheduler_job.alarm', 'terraform_data.delivery_ready', 'messages follow an alarm'],
  [
    'google_cloud_scheduler_job.alarm',
    'google_pubsub_subscription.push',
    'a topic without a subscription keeps nothing',
  ],
  [
    'google_cloud_scheduler_job.alarm',
    'google_pubsub_subscription.aggregate',
    'a topic without a subscription keeps nothing',
  ],
];

/** Reads the edges of a graph in DOT, as `terraform graph` prints it. */
function edgesOf(dot: string): Map<string, string[]> {
  const edges = new Map<string, string[]>();
  for (const [, from = ''] of dot.matchAll(/^ *"([^"]+)" \[label/gm)) edges.set(from, []);
  for (const [, from = '', to = ''] of dot.matchAll(/^ *"([^"]+)" -> "([^"]+)"/gm)) {
    edges.get(from)?.push(to);
  }
  return edges;
}

describe('the order in which Terraform works', () => {
  const folder = copyOfConfiguration();
  let edges: Map<string, string[]>;

  before(async () => {
    // `terraform graph` wants a backend that it can reach.
    const local = 'terraform {\n  backend "local" {}\n}\n';
    writeFileSync(join(folder, 'backend_override.tf'), local);
    await terraform(folder, ['init', '-input=false']);
    const { code, output } = await terraform(folder, ['graph']);
    expect(code, output).to.equal(0);
    edges = edgesOf(output);
  });

  /** Everything that is done before a resource. */
  function precedingOf(resource: string): Set<string> {
    const found = new Set<string>();
    const queue = [resource];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const earlier of edges.get(next) ?? []) {
        if (found.has(earlier)) continue;
        found.add(earlier);
        queue.push(earlier);
      }
    }
    return found;
  }

  it('knows the resources', () => {
    const known = [...edges.keys()];
    expect(known).to.include.members(ORDER.flatMap((line) => line.slice(0, 2)));
  });

  it('enables the APIs, and waits for them, before all else', () => {
    const first = ['google_project_service.service', 'terraform_data.services_ready'];
    const managed = [...edges.keys()].filter(
      (resource) => !resource.startsWith('data.') && !first.includes(resource),
    );
    expect(managed).to.have.length.above(30);
    for (const resource of managed) {
      expect([...precedingOf(resource)], resource).to.include('terraform_data.services_ready');
    }
  });

  for (const [later, earlier, why] of ORDER) {
    it(`${later} after ${earlier}: ${why}`, () => {
      expect([...precedingOf(later)]).to.include(earlier);
    });
  }
});
