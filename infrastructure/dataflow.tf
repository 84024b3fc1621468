locals {
  # Names of the jobs. A job, its template and its subscription share a name.
  # A template contains its subscription, tables and windows, so a job has no
  # parameters.
  pipelines = toset([
    for job in(
      var.dataflow_layout == "per_resolution"
      ? [for minutes in var.resolutions : "iex-aggregate-${minutes}"]
      : ["iex-aggregate"]
    ) : job if local.has_jobs
  ])
}

resource "google_dataflow_job" "aggregate" {
  for_each = local.pipelines

  name   = each.key
  region = var.region

  # New content has a new path, which makes Terraform update the job. So an
  # upload alone does not change what runs.
  template_gcs_path = join("/", [
    local.dataflow_folder, "templates",
    var.dataflow_template_version, each.key,
  ])
  temp_gcs_location = "${local.dataflow_folder}/temp"

  enable_streaming_engine = true
  machine_type            = var.dataflow_machine_type
  max_workers             = var.dataflow_max_workers
  service_account_email   = google_service_account.dataflow[0].email
  subnetwork              = var.dataflow_subnetwork
  ip_configuration = (
    var.dataflow_private_ips ? "WORKER_IP_PRIVATE" : "WORKER_IP_PUBLIC"
  )

  labels = { template-version = var.dataflow_template_version }

  # "drain" lets a job finish what it has read.
  on_delete = var.dataflow_on_delete

  depends_on = [
    google_pubsub_subscription.aggregate,
    terraform_data.roles_ready,
  ]
}
