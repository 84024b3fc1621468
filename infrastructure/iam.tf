# One service account for each part, and every role on the resource that needs
# it. A comment says why if a role is on the project.

resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = each.key
  display_name = "Function ${each.key}"

  depends_on = [terraform_data.services_ready]
}

resource "google_service_account" "push" {
  account_id   = "iex-push"
  display_name = "Pub/Sub push subscriptions that invoke the functions"

  depends_on = [terraform_data.services_ready]
}

resource "google_service_account" "dataflow" {
  count = local.has_jobs ? 1 : 0

  account_id   = "iex-dataflow"
  display_name = "Dataflow workers"

  depends_on = [terraform_data.services_ready]
}

resource "google_service_account" "build" {
  account_id   = "iex-build"
  display_name = "Cloud Build of the functions"

  depends_on = [terraform_data.services_ready]
}

# Functions

resource "google_pubsub_topic_iam_member" "function_publisher" {
  for_each = local.functions

  topic  = google_pubsub_topic.topic[each.value.publishes_to].name
  role   = "roles/pubsub.publisher"
  member = google_service_account.function[each.key].member
}

resource "google_secret_manager_secret_iam_member" "quote_api_token_accessor" {
  secret_id = google_secret_manager_secret.quote_api_token.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function["iex-api"].member
}

resource "google_cloud_run_v2_service_iam_member" "push_invoker" {
  for_each = local.functions

  name     = google_cloudfunctions2_function.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.push.member
}

# Dead letters: Pub/Sub itself moves a message from a subscription to its
# dead-letter topic.

resource "google_pubsub_topic_iam_member" "dead_letter_publisher" {
  for_each = google_pubsub_topic.dead_letter

  topic  = each.value.name
  role   = "roles/pubsub.publisher"
  member = local.pubsub_service_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letter_subscriber" {
  for_each = merge(google_pubsub_subscription.push, {
    for table, subscription in google_pubsub_subscription.tick :
    table => subscription if table == "tick"
  })

  subscription = each.value.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_service_agent
}

# Quotes: Pub/Sub itself writes them into BigQuery, and first reads the columns
# of the table.

resource "google_bigquery_table_iam_member" "tick_editor" {
  for_each = google_bigquery_table.tick

  dataset_id = each.value.dataset_id
  table_id   = each.value.table_id
  role       = "roles/bigquery.dataEditor"
  member     = local.pubsub_service_agent

  # The account exists as soon as Pub/Sub has been used.
  depends_on = [google_pubsub_topic.topic]
}

resource "google_bigquery_table_iam_member" "tick_metadata_viewer" {
  for_each = google_bigquery_table.tick

  dataset_id = each.value.dataset_id
  table_id   = each.value.table_id
  role       = "roles/bigquery.metadataViewer"
  member     = local.pubsub_service_agent

  depends_on = [google_pubsub_topic.topic]
}

# Dataflow workers

# On the project, because a Dataflow job has no IAM policy.
resource "google_project_iam_member" "dataflow_worker" {
  count = local.has_jobs ? 1 : 0

  project = var.project_id
  role    = "roles/dataflow.worker"
  member  = google_service_account.dataflow[0].member
}

resource "google_pubsub_subscription_iam_member" "dataflow_subscriber" {
  for_each = google_pubsub_subscription.aggregate

  subscription = each.value.name
  role         = "roles/pubsub.subscriber"
  member       = google_service_account.dataflow[0].member
}

# The pipeline's source first reads the settings of the subscription.
resource "google_pubsub_subscription_iam_member" "dataflow_viewer" {
  for_each = google_pubsub_subscription.aggregate

  subscription = each.value.name
  role         = "roles/pubsub.viewer"
  member       = google_service_account.dataflow[0].member
}

resource "google_bigquery_table_iam_member" "dataflow_editor" {
  for_each = local.has_jobs ? {
    dead_letter = google_bigquery_table.dead_letter
    quote       = google_bigquery_table.quote
  } : {}

  dataset_id = each.value.dataset_id
  table_id   = each.value.table_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.dataflow[0].member
}

resource "google_storage_bucket_iam_member" "dataflow_staging_viewer" {
  count = local.has_jobs ? 1 : 0

  bucket = data.google_storage_bucket.code.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.dataflow[0].member
}

resource "google_storage_bucket_iam_member" "dataflow_temp_admin" {
  count = local.has_jobs ? 1 : 0

  bucket = data.google_storage_bucket.code.name
  role   = "roles/storage.objectAdmin"
  member = google_service_account.dataflow[0].member

  # Not templates and zips: a worker must not change what runs next.
  condition {
    title = "dataflow-temp"
    expression = format(
      "resource.name.startsWith(\"projects/_/buckets/%s/objects/%s\")",
      data.google_storage_bucket.code.name,
      "dataflow/temp/"
    )
  }
}

# Build of the functions

resource "google_artifact_registry_repository_iam_member" "build_writer" {
  repository = google_artifact_registry_repository.function.repository_id
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

# On the project, because a log belongs to the project.
resource "google_project_iam_member" "build_log_writer" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}

# On the project, because Cloud Functions copies the source to a bucket that it
# creates later.
resource "google_project_iam_member" "build_source_viewer" {
  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = google_service_account.build.member

  condition {
    title = "function-sources"
    expression = format(
      "resource.name.startsWith(\"projects/_/buckets/%s\")",
      "gcf-v2-sources-${data.google_project.project.number}-"
    )
  }
}

# Readers of the results

resource "google_bigquery_dataset_iam_member" "reader" {
  for_each = var.readers

  dataset_id = google_bigquery_dataset.iex.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.key
}
