# Google confirms that an API is enabled or a role is granted before all of its
# servers know. What uses one too early fails: the first build of a function,
# the first messages, a Dataflow job that has only just been created.
#
# So Terraform waits after such a change, and only then. terraform_data is built
# into Terraform, and Node.js is there because deploy.mjs needs it; it is run
# without a shell, so that it works the same on Windows.

locals {
  wait_command = <<-EOT
    console.log('Waiting ${var.propagation_seconds} s until the change is known everywhere');
    setTimeout(() => {}, ${var.propagation_seconds} * 1000);
  EOT
}

# Everything that calls an API waits for this.
resource "terraform_data" "services_ready" {
  triggers_replace = sort(values(google_project_service.service)[*].id)

  provisioner "local-exec" {
    interpreter = ["node", "-e"]
    command     = local.wait_command
  }
}

# The rights of functions, their build and the Dataflow workers, and those of
# Pub/Sub on tables.
resource "terraform_data" "roles_ready" {
  triggers_replace = sort(concat(
    [google_artifact_registry_repository_iam_member.build_writer.id],
    [google_project_iam_member.build_log_writer.id],
    [google_project_iam_member.build_source_viewer.id],
    google_project_iam_member.dataflow_worker[*].id,
    [google_secret_manager_secret_iam_member.quote_api_token_accessor.id],
    google_storage_bucket_iam_member.dataflow_staging_viewer[*].id,
    google_storage_bucket_iam_member.dataflow_temp_admin[*].id,
    values(google_bigquery_table_iam_member.dataflow_editor)[*].id,
    values(google_bigquery_table_iam_member.tick_editor)[*].id,
    values(google_bigquery_table_iam_member.tick_metadata_viewer)[*].id,
    values(google_pubsub_subscription_iam_member.dataflow_subscriber)[*].id,
    values(google_pubsub_subscription_iam_member.dataflow_viewer)[*].id,
    values(google_pubsub_topic_iam_member.function_publisher)[*].id,
  ))

  provisioner "local-exec" {
    interpreter = ["node", "-e"]
    command     = local.wait_command
  }
}

# The rights of Pub/Sub, some of which are on the functions and so come after
# them. The alarms, which start the flow of messages, wait for this.
resource "terraform_data" "delivery_ready" {
  triggers_replace = sort(concat(
    values(google_cloud_run_v2_service_iam_member.push_invoker)[*].id,
    values(google_pubsub_subscription_iam_member.dead_letter_subscriber)[*].id,
    values(google_pubsub_topic_iam_member.dead_letter_publisher)[*].id,
  ))

  provisioner "local-exec" {
    interpreter = ["node", "-e"]
    command     = local.wait_command
  }
}
