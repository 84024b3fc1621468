mock_provider "google" {
  source = "./tests/mocks"
}

run "alerts" {
  variables {
    alert_emails          = ["oncall@example.com"]
    notification_channels = ["projects/test-project/notificationChannels/7"]
  }

  assert {
    condition = (
      keys(google_monitoring_alert_policy.alert)
      == [
        "backlog", "data-freshness", "dead-letters", "function-errors",
        "job-failed", "no-quotes", "oldest-message", "refused-messages",
        "system-lag",
      ]
    )
    error_message = "there must be an alert for each kind of failure"
  }
  assert {
    condition = alltrue([
      for policy in google_monitoring_alert_policy.alert :
      policy.notification_channels
      == tolist([
        "projects/test-project/notificationChannels/7",
        "projects/test-project/notificationChannels/42",
      ])
    ])
    error_message = "each alert must notify all channels"
  }
  assert {
    condition = (
      google_monitoring_notification_channel.email["oncall@example.com"].type
      == "email" &&
      google_monitoring_notification_channel.email["oncall@example.com"]
      .labels.email_address == "oncall@example.com"
    )
    error_message = "an address must become an e-mail channel"
  }
  assert {
    condition = alltrue([
      for policy in google_monitoring_alert_policy.alert :
      can(regex("(?s)\n1\\. .*\n2\\. ", policy.documentation[0].content)) &&
      length(regexall("project=test-project", policy.documentation[0].content)) > 0
    ])
    error_message = "each alert must say what to do, with links to the project"
  }
}

run "queries" {
  variables {
    alert_thresholds = {
      backlog_messages           = 5000
      data_freshness_seconds     = 200
      function_error_ratio       = 0.1
      oldest_message_age_seconds = 100
      system_lag_seconds         = 60
    }
  }

  assert {
    condition = (
      {
        for name, policy in google_monitoring_alert_policy.alert :
        name => policy.conditions[0].condition_prometheus_query_language[0].query
      }
      == {
        backlog = "sum by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=~\"iex-aggregate-1|iex-aggregate-15|iex-aggregate-5|iex-fan-out|iex-ingest\"}) > 5000"

        data-freshness = "max by (job_name) (dataflow_googleapis_com:job_data_watermark_age{monitored_resource=\"dataflow_job\",job_name=~\"iex-aggregate-1|iex-aggregate-15|iex-aggregate-5\"}) > 200"

        dead-letters = "sum by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=~\"iex-fan-out-dead-letter|iex-ingest-dead-letter\"}) > 0"

        function-errors = "sum by (service_name) (rate(run_googleapis_com:request_count{monitored_resource=\"cloud_run_revision\",service_name=~\"iex-api|iex-fan-out\",response_code_class=\"5xx\"}[5m])) / sum by (service_name) (rate(run_googleapis_com:request_count{monitored_resource=\"cloud_run_revision\",service_name=~\"iex-api|iex-fan-out\"}[5m])) > 0.1"

        job-failed = "max by (job_name) (dataflow_googleapis_com:job_is_failed{monitored_resource=\"dataflow_job\",job_name=~\"iex-aggregate-1|iex-aggregate-15|iex-aggregate-5\"}) > 0"

        no-quotes = "(sum(rate(pubsub_googleapis_com:topic_message_sizes_count{monitored_resource=\"pubsub_topic\",topic_id=\"iex-aggregate\"}[10m])) or vector(0)) == 0 and on () (60 * hour() + minute() >= 14 * 60 + 40) and on () (hour() < 20) and on () (day_of_week() >= 1) and on () (day_of_week() <= 5)"

        oldest-message = "max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource=\"pubsub_subscription\",subscription_id=~\"iex-aggregate-1|iex-aggregate-15|iex-aggregate-5|iex-fan-out|iex-ingest\"}) > 100"

        refused-messages = "sum by (job_name) (delta(dataflow_googleapis_com:job_user_counter{monitored_resource=\"dataflow_job\",job_name=~\"iex-aggregate-1|iex-aggregate-15|iex-aggregate-5\",metric_name=\"dead_letters\"}[10m])) > 0"

        system-lag = "max by (job_name) (dataflow_googleapis_com:job_system_lag{monitored_resource=\"dataflow_job\",job_name=~\"iex-aggregate-1|iex-aggregate-15|iex-aggregate-5\"}) > 60"
      }
    )
    error_message = "each alert must have its query"
  }
}

run "the_backlog_that_is_too_long_grows_with_the_symbols" {
  command = plan

  variables {
    symbols             = [for i in range(100) : "S${i}"]
    tickers_per_message = 10
  }

  assert {
    condition = endswith(
      google_monitoring_alert_policy.alert["backlog"]
      .conditions[0].condition_prometheus_query_language[0].query,
      "> 6000"
    )
    error_message = "the threshold must be ten minutes of quotes"
  }
}

run "dashboard" {
  assert {
    condition = (
      length(
        jsondecode(google_monitoring_dashboard.dashboard.dashboard_json)
        .gridLayout.widgets
      ) == 8
    )
    error_message = "the dashboard must have eight charts"
  }
  assert {
    condition = alltrue([
      for widget in jsondecode(
        google_monitoring_dashboard.dashboard.dashboard_json
      ).gridLayout.widgets :
      widget.title != "" &&
      widget.xyChart.dataSets[0].timeSeriesQuery.prometheusQuery != ""
    ])
    error_message = "each chart must have a title and a query"
  }
}

run "no_budget" {
  assert {
    condition     = length(google_billing_budget.monthly) == 0
    error_message = "there must be no budget by default"
  }
}

run "budget" {
  variables {
    alert_emails          = ["oncall@example.com"]
    notification_channels = ["projects/test-project/notificationChannels/7"]
    budget = {
      billing_account = "012345-6789AB-CDEF01"
      monthly_amount  = 400
    }
  }

  assert {
    condition = (
      google_billing_budget.monthly[0].billing_account
      == "012345-6789AB-CDEF01" &&
      google_billing_budget.monthly[0].amount[0].specified_amount[0].units
      == "400" &&
      google_billing_budget.monthly[0].budget_filter[0].projects
      == toset(["projects/123456789012"])
    )
    error_message = "the budget must be for this project"
  }
  assert {
    condition = (
      [
        for rule in google_billing_budget.monthly[0].threshold_rules :
        "${rule.threshold_percent} ${rule.spend_basis}"
      ]
      == [
        "0.5 CURRENT_SPEND", "0.9 CURRENT_SPEND", "1 CURRENT_SPEND",
        "1 FORECASTED_SPEND",
      ]
    )
    error_message = "the budget must notify at these thresholds"
  }
  assert {
    condition = (
      google_billing_budget.monthly[0]
      .all_updates_rule[0].monitoring_notification_channels
      == tolist(["projects/test-project/notificationChannels/42"])
    )
    error_message = "a budget must notify alert_emails only: other channels may be of another type"
  }
}

run "a_budget_notifies_five_addresses" {
  command = plan

  variables {
    alert_emails = ["a@x.co", "b@x.co", "c@x.co", "d@x.co", "e@x.co"]
    budget = {
      billing_account = "012345-6789AB-CDEF01"
      monthly_amount  = 400
    }
  }
}

run "a_budget_does_not_notify_six_addresses" {
  command = plan

  variables {
    alert_emails = ["a@x.co", "b@x.co", "c@x.co", "d@x.co", "e@x.co", "f@x.co"]
    budget = {
      billing_account = "012345-6789AB-CDEF01"
      monthly_amount  = 400
    }
  }

  expect_failures = [google_billing_budget.monthly]
}

run "six_addresses_are_fine_without_a_budget" {
  command = plan

  variables {
    alert_emails = ["a@x.co", "b@x.co", "c@x.co", "d@x.co", "e@x.co", "f@x.co"]
  }
}

run "alerts_that_notify_nobody_are_reported" {
  command = plan

  variables {
    alert_emails = []
  }

  expect_failures = [check.alerts_notify_somebody]
}

run "an_existing_channel_is_enough" {
  command = plan

  variables {
    alert_emails          = []
    notification_channels = ["projects/test-project/notificationChannels/7"]
  }
}
