import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { copyOfConfiguration, terraform } from './terraform.js';

/** Each use that fails, or loses something, if it comes before something that it does not name: with the reason. */
const ORDER: [later: string, earlier: string, why: string][] = [
  // The first build of a function.
  [
    'google_cloudfunctions2_function.function',
    'google_artifact_registry_repository_iam_member.build_writer',
    'the build writes the image',
  ],
  [
    'google_cloudfunctions2_function.function',
    'google_project_iam_member.build_log_writer',
    'the build writes logs',
  ],
  [
    'google_cloudfunctions2_function.function',
    'google_project_iam_member.build_source_viewer',
    'the build reads the source',
  ],
  [
    'google_cloudfunctions2_function.function',
    'google_secret_manager_secret_iam_member.quote_api_token_accessor',
    'an instance reads the token when it starts',
  ],

  // The first push. What is refused five times is a dead letter, or lost if that cannot be written.
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

  // The jobs' start.
  ...[
    'google_project_iam_member.dataflow_worker',
    'google_pubsub_subscription_iam_member.dataflow_subscriber',
    'google_pubsub_subscription_iam_member.dataflow_viewer',
    'google_bigquery_table_iam_member.dataflow_editor',
    'google_storage_bucket_iam_member.dataflow_staging_viewer',
    'google_storage_bucket_iam_member.dataflow_temp_admin',
  ].map((right): [string, string, string] => [
    'google_dataflow_job.aggregate',
    right,
    'workers use it from their first second on',
  ]),
  [
    'google_dataflow_job.aggregate',
    'google_pubsub_subscription.aggregate',
    'a job whose subscription is not there fails',
  ],
  [
    'google_dataflow_job.aggregate',
    'google_bigquery_table.quote',
    'a job whose table is not there fails',
  ],
  [
    'google_dataflow_job.aggregate',
    'google_bigquery_table.dead_letter',
    'a job whose table is not there fails',
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

  it('enables the APIs before all else', () => {
    const managed = [...edges.keys()].filter(
      (resource) => !resource.startsWith('data.') && resource !== 'google_project_service.service',
    );
    expect(managed).to.have.length.above(30);
    for (const resource of managed.filter((name) => name.startsWith('google_'))) {
      expect([...precedingOf(resource)], resource).to.include('google_project_service.service');
    }
  });

  for (const [later, earlier, why] of ORDER) {
    it(`${later} after ${earlier}: ${why}`, () => {
      expect([...precedingOf(later)]).to.include(earlier);
    });
  }

  it('grants every right to something, or somebody, before it is used', () => {
    const rights = [...edges.keys()].filter((resource) => /_iam_member\./.test(resource));
    const awaited = new Set(ORDER.map(([, earlier]) => earlier));
    // Used long after, by what comes with an alarm, by Pub/Sub after five failures, or by people.
    const usedLater = [
      'google_bigquery_dataset_iam_member.reader',
      'google_pubsub_subscription_iam_member.dead_letter_subscriber',
      'google_pubsub_topic_iam_member.function_publisher',
    ];
    expect(rights.filter((right) => !awaited.has(right))).to.have.members(usedLater);
  });
});
