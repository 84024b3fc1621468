locals {
  read_subscriptions = sort(concat(
    [for subscription in google_pubsub_subscription.push : subscription.name],
    [
      for subscription in google_pubsub_subscription.aggregate :
      subscription.name
    ]
  ))
  dead_letter_subscriptions = sort([
    for subscription in google_pubsub_subscription.dead_letter :
    subscription.name
  ])

  # Label matchers in PromQL. A regular expression must match the whole value.
  match = {
    dead_letters = format(
      "monitored_resource=\"pubsub_subscription\",subscription_id=~\"%s\"",
      join("|", local.dead_letter_subscriptions)
    )
    functions = format(
      "monitored_resource=\"cloud_run_revision\",service_name=~\"%s\"",
      join("|", keys(local.functions))
    )
    jobs = format(
      "monitored_resource=\"dataflow_job\",job_name=~\"%s\"",
      join("|", local.pipelines)
    )
    quotes = join(",", [
      "monitored_resource=\"pubsub_topic\"",
      "topic_id=\"${google_pubsub_topic.topic["iex-aggregate"].name}\"",
    ])
    subscriptions = format(
      "monitored_resource=\"pubsub_subscription\",subscription_id=~\"%s\"",
      join("|", local.read_subscriptions)
    )
  }

  # Ten minutes of quotes; each symbol has six a minute.
  backlog_messages = coalesce(
    var.alert_thresholds.backlog_messages,
    max(1000, 10 * 6 * length(var.symbols))
  )

  # Measurements in PromQL. For the names of metrics in PromQL see
  # https://cloud.google.com/monitoring/promql/promql-mapping
  measure = {
    backlog = format(
      "sum by (subscription_id) (%s{%s})",
      "pubsub_googleapis_com:subscription_num_undelivered_messages",
      local.match.subscriptions
    )
    dead_letters = format(
      "sum by (subscription_id) (%s{%s})",
      "pubsub_googleapis_com:subscription_num_undelivered_messages",
      local.match.dead_letters
    )
    freshness = format(
      "max by (job_name) (dataflow_googleapis_com:job_data_watermark_age{%s})",
      local.match.jobs
    )
    function_errors = format(
      "sum by (service_name) (rate(%s{%s}[5m])) / %s",
      "run_googleapis_com:request_count",
      "${local.match.functions},response_code_class=\"5xx\"",
      format(
        "sum by (service_name) (rate(%s{%s}[5m]))",
        "run_googleapis_com:request_count",
        local.match.functions
      )
    )
    job_failed = format(
      "max by (job_name) (dataflow_googleapis_com:job_is_failed{%s})",
      local.match.jobs
    )
    oldest_message = format(
      "max by (subscription_id) (%s{%s})",
      "pubsub_googleapis_com:subscription_oldest_unacked_message_age",
      local.match.subscriptions
    )
    # The distribution of message sizes has the number of messages as its count.
    # A sample may be three minutes late, so the window is much longer.
    quotes = format(
      "sum(rate(%s{%s}[10m]))",
      "pubsub_googleapis_com:topic_message_sizes_count",
      local.match.quotes
    )
    refused = format(
      "sum by (job_name) (delta(%s{%s}[10m]))",
      "dataflow_googleapis_com:job_user_counter",
      "${local.match.jobs},metric_name=\"dead_letters\""
    )
    system_lag = format(
      "max by (job_name) (dataflow_googleapis_com:job_system_lag{%s})",
      local.match.jobs
    )
  }

  # Weekdays from ten minutes after the opening of New York's market until its
  # close, in UTC, and only those minutes that are both in summer and in winter.
  market_hours = join(" and on () ", [
    "(60 * hour() + minute() >= 14 * 60 + 40)",
    "(hour() < 20)",
    "(day_of_week() >= 1)",
    "(day_of_week() <= 5)",
  ])

  # By the name of the file in alerts/ that says what to do.
  alerts = {
    backlog = {
      title    = "Messages arrive faster than they are read"
      query    = "${local.measure.backlog} > ${local.backlog_messages}"
      duration = "300s"
      severity = "WARNING"
    }
    data-freshness = {
      title = "Results are late"
      query = join(" > ", [
        local.measure.freshness, var.alert_thresholds.data_freshness_seconds
      ])
      duration = "300s"
      severity = "ERROR"
    }
    dead-letters = {
      title    = "A function could not handle messages"
      query    = "${local.measure.dead_letters} > 0"
      duration = "0s"
      severity = "WARNING"
    }
    function-errors = {
      title = "Requests to a function fail"
      query = join(" > ", [
        local.measure.function_errors,
        var.alert_thresholds.function_error_ratio
      ])
      duration = "300s"
      severity = "ERROR"
    }
    job-failed = {
      title    = "A Dataflow job has failed"
      query    = "${local.measure.job_failed} > 0"
      duration = "0s"
      severity = "CRITICAL"
    }
    no-quotes = {
      title = "No quotes during market hours"
      # A topic without messages may have no data at all.
      query = format(
        "(%s or vector(0)) == 0 and on () %s",
        local.measure.quotes, local.market_hours
      )
      duration = "120s"
      severity = "CRITICAL"
    }
    oldest-message = {
      title = "Messages wait too long"
      query = join(" > ", [
        local.measure.oldest_message,
        var.alert_thresholds.oldest_message_age_seconds
      ])
      duration = "120s"
      severity = "ERROR"
    }
    refused-messages = {
      title    = "The pipeline rejected messages"
      query    = "${local.measure.refused} > 0"
      duration = "0s"
      severity = "WARNING"
    }
    system-lag = {
      title = "A Dataflow job is slow"
      query = join(" > ", [
        local.measure.system_lag, var.alert_thresholds.system_lag_seconds
      ])
      duration = "300s"
      severity = "WARNING"
    }
  }

  email_channels = [
    for channel in google_monitoring_notification_channel.email : channel.id
  ]
  notification_channels = concat(
    var.notification_channels, local.email_channels
  )
}

check "alerts_notify_somebody" {
  assert {
    condition = (
      length(var.alert_emails) + length(var.notification_channels) > 0
    )
    error_message = <<-EOT
      Alerts notify nobody: set alert_emails or notification_channels.
    EOT
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  type         = "email"
  display_name = "iex-stream: ${each.key}"

  labels = {
    email_address = each.key
  }

  # Google refuses to delete a channel that an alert or a budget still uses. With
  # this, they are updated before a channel is deleted.
  lifecycle {
    create_before_destroy = true
  }

  depends_on = [terraform_data.services_ready]
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  display_name          = "iex-stream: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.notification_channels

  conditions {
    display_name = each.value.title

    condition_prometheus_query_language {
      query               = each.value.query
      duration            = each.value.duration
      evaluation_interval = "60s"

      # A metric exists only after something has written to it, so not before the
      # first deployment.
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "1800s"
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "iex-stream: ${each.value.title}"
    content = templatefile("${path.module}/alerts/${each.key}.md", {
      project = var.project_id
      region  = var.region
    })
  }

  depends_on = [terraform_data.services_ready]
}
