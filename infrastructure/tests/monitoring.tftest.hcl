mock_provider "google" {
  source = "./tests/mocks"
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
