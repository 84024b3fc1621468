import { expect } from 'chai';
import { appliedSystems } from './applied.js';
import { CASES } from './specification/settings.js';

/** The resources that each wait follows. */
const WAITS: Record<string, readonly string[]> = {
  services_ready: ['google_project_service.service'],
  // Roles of the build, of the functions and of the workers, and of Pub/Sub on tables.
  roles_ready: [
    'google_artifact_registry_repository_iam_member.build_writer',
    'google_bigquery_table_iam_member.dataflow_editor',
    'google_bigquery_table_iam_member.tick_editor',
    'google_bigquery_table_iam_member.tick_metadata_viewer',
    'google_project_iam_member.build_log_writer',
    'google_project_iam_member.build_source_viewer',
    'google_project_iam_member.dataflow_worker',
    'google_pubsub_subscription_iam_member.dataflow_subscriber',
    'google_pubsub_subscription_iam_member.dataflow_viewer',
    'google_pubsub_topic_iam_member.function_publisher',
    'google_secret_manager_secret_iam_member.quote_api_token_accessor',
    'google_storage_bucket_iam_member.dataflow_staging_viewer',
    'google_storage_bucket_iam_member.dataflow_temp_admin',
  ],
  // Roles of Pub/Sub.
  delivery_ready: [
    'google_cloud_run_v2_service_iam_member.push_invoker',
    'google_pubsub_subscription_iam_member.dead_letter_subscriber',
    'google_pubsub_topic_iam_member.dead_letter_publisher',
  ],
};

/** Roles of people, who look at results much later. */
const NOT_AWAITED = ['google_bigquery_dataset_iam_member.reader'];

/** It has no wait: it replaces tables by views, and views by tables. */
const NO_WAIT = 'terraform_data.results';

const withoutKey = (address: string) => address.replace(/\[.*/, '');

describe('the waits until APIs and roles are in effect', () => {
  const appliedSystem = appliedSystems();

  for (const name of Object.keys(CASES)) {
    it(`start again after each change of an API or role, ${name}`, () => {
      const { resources } = appliedSystem(name);
      const waits = resources.filter(
        ({ address, type }) => type === 'terraform_data' && address !== NO_WAIT,
      );
      expect(waits.map(({ address }) => address)).to.have.members(
        Object.keys(WAITS).map((wait) => `terraform_data.${wait}`),
      );
      for (const { address, values } of waits) {
        const awaited = WAITS[address.replace('terraform_data.', '')]!;
        const ids = resources
          .filter((resource) => awaited.includes(withoutKey(resource.address)))
          .map((resource) => resource.values.id);
        expect(ids, address).not.to.have.length(0);
        expect(values.triggers_replace, address).to.have.members(ids);
      }
    });
  }

  it('follow every role of a part of the system', () => {
    const roles = Object.keys(CASES).flatMap((name) =>
      appliedSystem(name).resources.filter(({ type }) => /_iam_member$/.test(type)),
    );
    const awaited = [...Object.values(WAITS).flat(), ...NOT_AWAITED];
    expect(awaited).to.include.members(roles.map(({ address }) => withoutKey(address)));
  });
});
