locals {
  console = "https://console.cloud.google.com"
}

output "commands" {
  description = "Commands for manual tasks."
  value = {
    add_token = join(" ", [
      "gcloud secrets versions add",
      google_secret_manager_secret.quote_api_token.secret_id,
      "--project=${var.project_id} --data-file=-",
    ])
    dashboard = "npm run dashboard -- --project ${var.project_id}"
    read_dead_letters = {
      for topic, subscription in google_pubsub_subscription.dead_letter :
      topic => join(" ", [
        "gcloud pubsub subscriptions pull ${subscription.name}",
        "--project=${var.project_id} --limit=10 --format=json",
      ])
    }
    ring_alarm = join(" ", [
      "gcloud scheduler jobs run",
      sort(keys(google_cloud_scheduler_job.alarm))[0],
      "--project=${var.project_id} --location=${var.region}",
    ])
    view_cost = join(" ", [
      "bq query --project_id=${var.project_id} --dry_run",
      "--use_legacy_sql=false 'SELECT * FROM iex.top_stocks WHERE window_end",
      ">= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)'",
    ])
  }
}

output "console" {
  description = "Links to pages of the Google Cloud console."
  value = {
    bigquery = format(
      "%s/bigquery?project=%s&p=%s&d=%s&page=dataset",
      local.console, var.project_id, var.project_id,
      google_bigquery_dataset.iex.dataset_id
    )
    dashboard = format(
      "%s/monitoring/dashboards/builder/%s?project=%s",
      local.console,
      basename(google_monitoring_dashboard.dashboard.id),
      var.project_id
    )
    dataflow = {
      for name, job in google_dataflow_job.aggregate : name => format(
        "%s/dataflow/jobs/%s/%s?project=%s",
        local.console, var.region, job.job_id, var.project_id
      )
    }
    functions = {
      for name, function in google_cloudfunctions2_function.function :
      name => format(
        "%s/run/detail/%s/%s/metrics?project=%s",
        local.console, var.region, function.name, var.project_id
      )
    }
  }
}

output "dataflow_jobs" {
  description = "The IDs of the Dataflow jobs."
  value = {
    for name, job in google_dataflow_job.aggregate : name => job.job_id
  }
}

output "dataflow_template_version" {
  description = "The templates' version that was applied last; null without jobs."
  value       = local.has_jobs ? var.dataflow_template_version : null
}

output "dead_letter_subscriptions" {
  description = "Subscriptions that keep the messages that a function could not handle."
  value       = local.dead_letter_subscriptions
}

output "subscriptions" {
  description = "Subscriptions that the functions and the Dataflow jobs read, and those that write to BigQuery."
  value       = local.read_subscriptions
}

output "templates" {
  description = "Path of the template of each Dataflow job."
  value = {
    for name, job in google_dataflow_job.aggregate :
    name => job.template_gcs_path
  }
}

output "topics" {
  description = "Topics of alarms and quotes."
  value       = sort([for topic in google_pubsub_topic.topic : topic.name])
}
