locals {
  # The jobs, by the name that job, template and subscription share. A template
  # is built with its subscription, its tables and its windows, so that a job
  # has no parameters.
  pipelines = toset(
    var.dataflow_layout == "per_resolution"
    ? [for minutes in var.resolutions : "iex-aggregate-${minutes}"]
    : ["iex-aggregate"]
  )
}

resource "google_dataflow_job" "aggregate" {
  for_each = local.pipelines

  name   = each.key
  region = var.region
  # New content has a new place, which makes Terraform update the job: what is
  # uploaded does not change what runs before it is applied.
  template_gcs_path = join("/", [
    local.dataflow_folder, "templates",
    var.dataflow_template_version, each.key,
  ])
  temp_gcs_location = "${local.dataflow_folder}/temp"

  enable_streaming_engine = true
  machine_type            = var.dataflow_machine_type
  max_workers             = var.dataflow_max_workers
  service_account_email   = google_service_account.dataflow.email
  subnetwork              = var.dataflow_subnetwork
  ip_configuration = (
    var.dataflow_private_ips ? "WORKER_IP_PRIVATE" : "WORKER_IP_PUBLIC"
  )

  labels = { template-version = var.dataflow_template_version }

  # Drained, a job first finishes what it has read.
  on_delete = var.dataflow_on_delete

  depends_on = [
    google_bigquery_table_iam_member.dataflow_editor,
    google_project_iam_member.dataflow_worker,
    google_pubsub_subscription.aggregate,
    google_pubsub_subscription_iam_member.dataflow_subscriber,
    google_pubsub_subscription_iam_member.dataflow_viewer,
    google_storage_bucket_iam_member.dataflow_staging_viewer,
    google_storage_bucket_iam_member.dataflow_temp_admin,
  ]
}
