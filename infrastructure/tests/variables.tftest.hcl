# Values at the limits, which must be accepted, and values that must be refused.

mock_provider "google" {
  source = "./tests/mocks"
}

run "values_at_the_edge" {
  command = plan

  variables {
    alarm_schedule          = "* 9-16 * * 1,2,3,4,5"
    alert_emails            = ["first.last+tag@mail.example.co.uk"]
    dataflow_max_workers    = 1000
    dead_letter_retention   = "2678400s"
    function_concurrency    = 1000
    function_cpu            = 2
    function_max_instances  = 1000
    function_runtime        = "nodejs22"
    propagation_seconds     = 900
    quote_api_token_version = "latest"
    quote_api_url           = "https://quotes.example.com:8443/v1"
    resolutions             = [1, 1440]
    symbols                 = ["A", "BRK.B", "^GSPC", "EUR/USD", "SBIN:NSE", "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"]
    tickers_per_message     = 9999
  }
}

run "values_at_the_other_edge" {
  command = plan

  variables {
    code_bucket               = "abc"
    dataflow_max_workers      = 1
    dead_letter_retention     = "600s"
    function_cpu              = 0.08
    function_max_instances    = 2
    partition_expiration_days = 0
    symbols                   = ["A"]
  }

  # In the table itself, a null becomes a value that Google computes.
  assert {
    condition     = local.partition_expiration_ms == null
    error_message = "0 days must mean no expiration"
  }
}

run "ten_thousand_symbols_fit_into_an_alarm" {
  command = plan

  variables {
    # A list: Terraform takes seconds to convert a tuple of this length.
    symbols = split(",", join(",", [
      for i in range(100) : join(",", formatlist("S${i}.%s", range(100)))
    ]))
    tickers_per_message = 100
  }

  assert {
    condition = (
      length(google_cloud_scheduler_job.alarm["iex-alarm"].pubsub_target[0].data)
      < 1000000
    )
    error_message = "the alarm must be smaller than 1 MB"
  }
}

run "first_mistakes" {
  command = plan

  variables {
    alarm_mode                = "sometimes"
    alarm_schedule            = "*/5 * * * *"
    alarm_time_zone           = ""
    alert_emails              = ["oncall"]
    alert_thresholds          = { oldest_message_age_seconds = 0 }
    budget                    = { billing_account = "mine", monthly_amount = 100 }
    code_bucket               = "gs://test-project-code"
    dataflow_layout           = "double"
    dataflow_machine_type     = "large"
    dataflow_max_workers      = 0
    dataflow_on_delete        = "abandon"
    dataflow_template_version = "Version 1"
    dead_letter_retention     = "7d"
    function_concurrency      = 0
    function_cpu              = 0
    function_max_instances    = 0
    function_object           = "function/function.zip"
    function_runtime          = "nodejs20"
    log_level                 = "verbose"
    notification_channels     = ["oncall@example.com"]
    partition_expiration_days = -1
    project_id                = "Test-Project"
    propagation_seconds       = -1
    quote_api_token_version   = "secret"
    quote_api_url             = "http://quotes.example.com"
    quote_source              = "yahoo"
    readers                   = ["allUsers"]
    region                    = "EU"
    resolutions               = []
    symbols                   = []
    tickers_per_message       = 0
  }

  expect_failures = [
    var.alarm_mode,
    var.alarm_schedule,
    var.alarm_time_zone,
    var.alert_emails,
    var.alert_thresholds,
    var.budget,
    var.code_bucket,
    var.dataflow_layout,
    var.dataflow_machine_type,
    var.dataflow_max_workers,
    var.dataflow_on_delete,
    var.dataflow_template_version,
    var.dead_letter_retention,
    var.function_concurrency,
    var.function_cpu,
    var.function_max_instances,
    var.function_object,
    var.function_runtime,
    var.log_level,
    var.notification_channels,
    var.partition_expiration_days,
    var.project_id,
    var.propagation_seconds,
    var.quote_api_token_version,
    var.quote_api_url,
    var.quote_source,
    var.readers,
    var.region,
    var.resolutions,
    var.symbols,
    var.tickers_per_message,
  ]
}

run "second_mistakes" {
  command = plan

  variables {
    alarm_schedule            = "* * * *"
    alarm_time_zone           = "New York"
    alert_emails              = ["oncall@example"]
    alert_thresholds          = { function_error_ratio = 1 }
    budget                    = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 0 }
    code_bucket               = "Code"
    dataflow_machine_type     = "e2 standard 2"
    dataflow_max_workers      = 1.5
    dead_letter_retention     = "604800"
    function_concurrency      = 1001
    function_cpu              = 0.1675
    function_max_instances    = 1001
    function_object           = "function/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    function_runtime          = "nodejs23"
    partition_expiration_days = 0.5
    project_id                = "test"
    propagation_seconds       = 901
    quote_api_token_version   = "0"
    quote_api_url             = "https://user:password@quotes.example.com"
    readers                   = ["allAuthenticatedUsers"]
    region                    = "europe"
    resolutions               = [1, 1]
    symbols                   = ["A,B"]
    tickers_per_message       = 10000
    window_engine             = "flink"
  }

  expect_failures = [
    var.alarm_schedule,
    var.alarm_time_zone,
    var.alert_emails,
    var.alert_thresholds,
    var.budget,
    var.code_bucket,
    var.dataflow_machine_type,
    var.dataflow_max_workers,
    var.dead_letter_retention,
    var.function_concurrency,
    var.function_cpu,
    var.function_max_instances,
    var.function_object,
    var.function_runtime,
    var.partition_expiration_days,
    var.project_id,
    var.propagation_seconds,
    var.quote_api_token_version,
    var.quote_api_url,
    var.readers,
    var.region,
    var.resolutions,
    var.symbols,
    var.tickers_per_message,
    var.window_engine,
  ]
}

run "third_mistakes" {
  command = plan

  variables {
    alarm_schedule         = "0 9 * * *"
    alert_emails           = ["on call@example.com"]
    alert_thresholds       = { write_error_ratio = 1 }
    budget                 = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 0.5 }
    code_bucket            = "co"
    dataflow_max_workers   = 1001
    dead_letter_retention  = "599s"
    function_concurrency   = 2.5
    function_cpu           = 1.5
    function_max_instances = 2.5
    function_runtime       = "python312"
    project_id             = "test-project-"
    propagation_seconds    = 0.5
    quote_api_url          = "https://quotes.example.com/?token=1"
    readers                = ["analysts@example.com"]
    region                 = "europe-west2-a"
    resolutions            = [0]
    symbols                = ["A B"]
    tickers_per_message    = 1.5
  }

  expect_failures = [
    var.alarm_schedule,
    var.alert_emails,
    var.alert_thresholds,
    var.budget,
    var.code_bucket,
    var.dataflow_max_workers,
    var.dead_letter_retention,
    var.function_concurrency,
    var.function_cpu,
    var.function_max_instances,
    var.function_runtime,
    var.project_id,
    var.propagation_seconds,
    var.quote_api_url,
    var.readers,
    var.region,
    var.resolutions,
    var.symbols,
    var.tickers_per_message,
  ]
}

run "fourth_mistakes" {
  command = plan

  variables {
    alarm_schedule        = "every minute"
    dataflow_subnetwork   = "workers"
    dead_letter_retention = "2678401s"
    project_id            = "123456789012"
    readers               = ["domain:example.com"]
    resolutions           = [1.5]
    symbols               = [""]
  }

  expect_failures = [
    var.alarm_schedule,
    var.dataflow_subnetwork,
    var.dead_letter_retention,
    var.project_id,
    var.readers,
    var.resolutions,
    var.symbols,
  ]
}

run "fifth_mistakes" {
  command = plan

  variables {
    # The jobs of the default engine need templates.
    dataflow_template_version = null
    alert_thresholds          = { backlog_messages = -1 }
    dataflow_subnetwork       = "regions/us-central1/subnetworks/workers"
    resolutions               = [1441]
    symbols                   = [".."]
  }

  expect_failures = [
    var.alert_thresholds,
    var.dataflow_subnetwork,
    var.dataflow_template_version,
    var.resolutions,
    var.symbols,
  ]
}

run "sixth_mistakes" {
  command = plan

  variables {
    # Without a subnetwork.
    dataflow_private_ips = true
    symbols              = ["AAPL", "aapl"]
  }

  expect_failures = [
    var.dataflow_private_ips,
    var.symbols,
  ]
}

run "seventh_mistakes" {
  command = plan

  variables {
    symbols = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
  }

  expect_failures = [
    var.symbols,
  ]
}

run "eighth_mistakes" {
  command = plan

  variables {
    symbols = split(",", join(",", [
      for i in range(101) : join(",", formatlist("S${i}.%s", range(100)))
    ]))
  }

  expect_failures = [
    var.symbols,
  ]
}
