locals {
  # A valid and unique job name for any symbol, such as iex-alarm-brk-b-5f2c1a.
  symbol_job_names = {
    for symbol in local.fans_out ? [] : var.symbols : symbol => join("-", compact([
      "iex-alarm",
      trim(replace(lower(symbol), "/[^a-z0-9]+/", "-"), "-"),
      (
        can(regex("^[A-Za-z0-9]+$", symbol))
        ? ""
        : substr(sha256(symbol), 0, 6)
      ),
    ]))
  }

  # The message that each job publishes.
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
  description = "Starts one minute of quotes"
  schedule    = var.alarm_schedule
  time_zone   = var.alarm_time_zone

  pubsub_target {
    topic_name = google_pubsub_topic.topic[local.alarm_topic].id
    data       = base64encode(each.value)
  }

  # Retries end within the minute, because the next minute has its own alarm.
  retry_config {
    retry_count          = 3
    min_backoff_duration = "1s"
    max_backoff_duration = "10s"
    max_retry_duration   = "30s"
    max_doublings        = 3
  }

  lifecycle {
    precondition {
      # The limit is 1 MB: https://cloud.google.com/scheduler/quotas
      condition     = length(base64encode(each.value)) < 1000000
      error_message = "The symbols do not fit into one alarm, which may have 1 MB."
    }
  }

  # Messages flow as soon as this exists, so what handles them comes first.
  depends_on = [
    google_pubsub_subscription.aggregate,
    google_pubsub_subscription.dead_letter,
    google_pubsub_subscription.push,
    google_pubsub_subscription.tick,
    terraform_data.delivery_ready,
  ]
}
