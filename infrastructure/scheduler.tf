locals {
  # A name that a job may have, for any symbol: iex-alarm-brk-b-5f2c1a.
  symbol_job_names = {
    for symbol in var.symbols : symbol => join("-", compact([
      "iex-alarm",
      replace(lower(symbol), "/[^a-z0-9]+/", "-"),
      (
        can(regex("^[A-Za-z0-9]+$", symbol))
        ? ""
        : substr(sha256(symbol), 0, 6)
      ),
    ]))
  }

  # What each job publishes.
  alarms = (
    local.fans_out
    ? { iex-alarm = jsonencode({ tickers = var.symbols }) }
    : {
      for symbol, job in local.symbol_job_names :
      job => jsonencode({ ticker = symbol })
    }
  )
}

resource "google_cloud_scheduler_job" "alarm" {
  for_each = local.alarms

  name        = each.key
  description = "Starts a minute of quotes"
  schedule    = var.alarm_schedule
  time_zone   = var.alarm_time_zone

  pubsub_target {
    topic_name = google_pubsub_topic.topic[local.alarm_topic].id
    data       = base64encode(each.value)
  }

  # Within the minute that the alarm is for; the next has its own.
  retry_config {
    retry_count          = 3
    min_backoff_duration = "1s"
    max_backoff_duration = "10s"
    max_retry_duration   = "30s"
    max_doublings        = 3
  }

  lifecycle {
    precondition {
      # https://cloud.google.com/scheduler/quotas: 1 MB for a job.
      condition     = length(base64encode(each.value)) < 1000000
      error_message = "The symbols do not fit into one alarm of 1 MB."
    }
  }

  depends_on = [google_project_service.service]
}
