# What alerts and charts look at.
locals {
  read_subscriptions = sort(concat(
    [for subscription in google_pubsub_subscription.push : subscription.name],
    [
      for subscription in google_pubsub_subscription.aggregate :
      subscription.name
    ],
    values(local.tick_subscriptions)
  ))

  # The subscriptions that write to BigQuery, by their tables.
  tick_subscriptions = {
    for table, subscription in google_pubsub_subscription.tick :
    table => subscription.name
  }
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
    ticks = join(",", [
      "monitored_resource=\"pubsub_subscription\"",
      "subscription_id=\"${lookup(local.tick_subscriptions, "tick", "")}\"",
    ])
    tick_subscriptions = format(
      "monitored_resource=\"pubsub_subscription\",subscription_id=~\"%s\"",
      join("|", sort(values(local.tick_subscriptions)))
    )
  }

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
    # Messages that Pub/Sub has given up writing into iex.tick.
    unfit = format(
      "sum(increase(%s{%s}[10m]))",
      "pubsub_googleapis_com:subscription_dead_letter_message_count",
      local.match.ticks
    )
    # Pub/Sub counts a write into BigQuery as a push; ack is success.
    write_errors = format(
      "sum by (subscription_id) (rate(%s{%s}[5m])) / %s",
      "pubsub_googleapis_com:subscription_push_request_count",
      "${local.match.tick_subscriptions},response_class!=\"ack\"",
      format(
        "sum by (subscription_id) (rate(%s{%s}[5m]))",
        "pubsub_googleapis_com:subscription_push_request_count",
        local.match.tick_subscriptions
      )
    )
    written = format(
      "sum(rate(%s{%s}[10m]))",
      "pubsub_googleapis_com:subscription_push_request_count",
      "${local.match.ticks},response_class=\"ack\""
    )
  }
}
