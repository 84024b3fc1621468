locals {
  services = toset(concat(local.dataflow_services, [
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
  ]))

  dataflow_services = local.has_jobs ? [
    "bigquerystorage.googleapis.com", # the workers write rows with it
    "compute.googleapis.com",         # the workers
    "dataflow.googleapis.com",
  ] : []
}

data "google_project" "project" {
  project_id = var.project_id
}

resource "google_project_service" "service" {
  for_each = local.services

  service = each.key

  # Other software in the project may use it too.
  disable_on_destroy = false
}
