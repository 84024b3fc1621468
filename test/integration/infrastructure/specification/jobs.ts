import { each, emailOf, jobsOf, type Specification } from './names.js';
import type { Settings } from './settings.js';

/** The Dataflow jobs. */
export function jobs(settings: Settings): Specification {
  const folder = `gs://${settings.code_bucket}/dataflow`;
  return each('google_dataflow_job.aggregate', jobsOf(settings), (name) => ({
    name,
    region: settings.region,
    // The version in the path makes Terraform update the job if its template has new content.
    template_gcs_path: `${folder}/templates/${settings.dataflow_template_version}/${name}`,
    // The only folder to which workers may write; see iam.test.ts.
    temp_gcs_location: `${folder}/temp`,
    enable_streaming_engine: true,
    machine_type: settings.dataflow_machine_type,
    max_workers: settings.dataflow_max_workers,
    service_account_email: emailOf('iex-dataflow'),
    on_delete: settings.dataflow_on_delete,
    ip_configuration: settings.dataflow_private_ips ? 'WORKER_IP_PRIVATE' : 'WORKER_IP_PUBLIC',
    ...(settings.dataflow_subnetwork ? { subnetwork: settings.dataflow_subnetwork } : {}),
    labels: { 'template-version': settings.dataflow_template_version },
  }));
}
