import type { Job, Layout } from 'iex-contract';
import { workerModules } from '../portable/worker-modules';

/** What the templates are for. */
export interface TemplateSettings {
  project: string;
  /** Where the jobs run. */
  region: string;
  /** gs://BUCKET/FOLDER: the templates and everything that they refer to lie below it. */
  base: string;
  layout: Layout;
  /** Lengths of the sliding windows, in minutes. */
  resolutions: readonly number[];
  /** Machine type of the workers, as in Terraform's `dataflow_machine_type`. */
  machineType: string;
  /** A container image that has the worker package; by default, the SDK's image installs it. */
  workerImage?: string | undefined;
}

export interface Template {
  job: Job;
  /** Identifies the content of all templates that are made together: 16 hexadecimal digits. */
  version: string;
  /** gs://BUCKET/OBJECT, which contains the version; Terraform's `template_gcs_path`. */
  location: string;
}

/**
 * Terraform's provider compares these with its configuration, and finds them in a job's options
 * under these names only (resourceDataflowJobRead in resource_dataflow_job.go). Python's runner
 * writes snake case. Without them, every plan would update the job.
 */
interface ReadByTerraform {
  templateLocation: string;
  tempLocation: string;
  machineType: string;
  serviceAccountEmail: string;
}

/** The pipeline options of a template, in snake case as Beam's Python SDK names them. */
export function templateOptions(
  { job, version, location }: Template,
  { project, region, base, machineType }: TemplateSettings,
) {
  const tempLocation = `${base}/temp`;
  // The account that `infrastructure/iam.tf` creates.
  const serviceAccountEmail = `iex-dataflow@${project}.iam.gserviceaccount.com`;
  return {
    runner: 'DataflowRunner',
    project,
    region,
    job_name: job.name,
    template_location: location,
    staging_location: `${base}/staging`,
    temp_location: tempLocation,
    machine_type: machineType,
    service_account_email: serviceAccountEmail,
    pipeline_name: `${job.name}-${version}.pb`,
    streaming: true,
    enable_streaming_engine: true,
    // One container for all processes of a worker machine, so that packages are installed once:
    // the SDK's own Dataflow runner sets it too.
    experiments: ['use_sibling_sdk_workers'],
    // The writer calls no Google Cloud API.
    no_auth: true,
    registered_node_modules: workerModules(),
    ...({
      templateLocation: location,
      tempLocation,
      machineType,
      serviceAccountEmail,
    } satisfies ReadByTerraform),
  };
}
