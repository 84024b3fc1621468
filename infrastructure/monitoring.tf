locals {
  # Ten minutes of quotes; each symbol has six a minute.
  backlog_messages = coalesce(
    var.alert_thresholds.backlog_messages,
    max(1000, 10 * 6 * length(var.symbols))
  )

  # Weekdays from ten minutes after the opening of New York's market until its
  # close, in UTC, and only those minutes that are both in summer and in winter.
  market_hours = join(" and on () ", [
    "(60 * hour() + minute() >= 14 * 60 + 40)",
    "(hour() < 20)",
    "(day_of_week() >= 1)",
    "(day_of_week() <= 5)",
  ])

  # By the name of the file in alerts/ that says what to do.
  alerts = merge(
    local.common_alerts,
    local.has_jobs ? local.job_alerts : {},
    local.has_ticks ? local.tick_alerts : {}
  )

  common_alerts = {
    backlog = {
      title    = "Messages arrive faster than they are read"
      query    = "${local.measure.backlog} > ${local.backlog_messages}"
      duration = "300s"
      severity = "WARNING"
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
  }

  job_alerts = {
    data-freshness = {
      title = "Results are late"
      query = join(" > ", [
        local.measure.freshness, var.alert_thresholds.data_freshness_seconds
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

  tick_alerts = {
    no-ticks = {
      title = "Quotes do not reach BigQuery"
      # A subscription without writes may have no data at all.
      query = format(
        "%s > 0 and on () (%s or vector(0)) == 0",
        local.measure.quotes, local.measure.written
      )
      duration = "120s"
      severity = "CRITICAL"
    }
    unfit-messages = {
      title    = "Messages do not fit into iex.tick"
      query    = "${local.measure.unfit} > 0"
      duration = "0s"
      severity = "WARNING"
    }
    write-errors = {
      title = "Writes to BigQuery fail"
      query = join(" > ", [
        local.measure.write_errors, var.alert_thresholds.write_error_ratio
      ])
      duration = "300s"
      severity = "ERROR"
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
      has_jobs  = local.has_jobs
      has_ticks = local.has_ticks
      project   = var.project_id
      region    = var.region
    })
  }

  depends_on = [terraform_data.services_ready]
}
