mock_provider "google" {
  source = "./tests/mocks"
}

run "one_alarm_carries_all_symbols" {
  assert {
    condition     = keys(google_cloud_scheduler_job.alarm) == ["iex-alarm"]
    error_message = "there must be one alarm"
  }
  assert {
    condition = (
      base64decode(
        google_cloud_scheduler_job.alarm["iex-alarm"].pubsub_target[0].data
      )
      == jsonencode({
        tickers = [
          "AAPL", "AMZN", "GME", "FSLR", "TSLA",
          "NIO", "GOOG", "MSFT", "AMC", "BBBY",
        ]
      })
    )
    error_message = "the alarm must contain the symbols of symbols.auto.tfvars.json"
  }
  assert {
    condition = (
      google_cloud_scheduler_job.alarm["iex-alarm"]
      .pubsub_target[0].topic_name
      == "projects/test-project/topics/iex-fan-out"
    )
    error_message = "the alarm must go to the fan-out"
  }
  assert {
    condition = (
      google_cloud_scheduler_job.alarm["iex-alarm"].schedule == "* * * * *"
    )
    error_message = "the alarm must run every minute"
  }
  assert {
    condition = (
      jsonencode(google_cloud_scheduler_job.alarm["iex-alarm"].retry_config)
      == jsonencode([{
        max_backoff_duration = "10s"
        max_doublings        = 3
        max_retry_duration   = "30s"
        min_backoff_duration = "1s"
        retry_count          = 3
      }])
    )
    error_message = "retries must end within the minute of the alarm"
  }
}

run "an_alarm_for_each_symbol_skips_the_fan_out" {
  variables {
    alarm_mode = "per_symbol"
    symbols    = ["AAPL", "BRK.B", "EUR/USD"]
  }

  assert {
    condition = (
      tomap({
        for name, job in google_cloud_scheduler_job.alarm :
        name => base64decode(job.pubsub_target[0].data)
      })
      == tomap({
        iex-alarm-aapl           = "{\"ticker\":\"AAPL\"}"
        iex-alarm-brk-b-0907ab   = "{\"ticker\":\"BRK.B\"}"
        iex-alarm-eur-usd-9105c8 = "{\"ticker\":\"EUR/USD\"}"
      })
    )
    error_message = "each symbol must have its own alarm"
  }
  assert {
    condition = alltrue([
      for job in google_cloud_scheduler_job.alarm :
      job.pubsub_target[0].topic_name
      == "projects/test-project/topics/iex-ingest"
    ])
    error_message = "the alarms must go directly to iex-ingest"
  }
  assert {
    condition = (
      keys(google_pubsub_topic.topic) == ["iex-aggregate", "iex-ingest"] &&
      keys(google_cloudfunctions2_function.function) == ["iex-api"] &&
      keys(google_pubsub_subscription.push) == ["iex-api"]
    )
    error_message = "no part of the fan-out may exist"
  }
}

run "the_alarm_keeps_to_the_markets_hours" {
  command = plan

  variables {
    alarm_schedule  = "* 9-16 * * MON-FRI"
    alarm_time_zone = "America/New_York"
  }

  assert {
    condition = (
      google_cloud_scheduler_job.alarm["iex-alarm"].schedule
      == "* 9-16 * * MON-FRI" &&
      google_cloud_scheduler_job.alarm["iex-alarm"].time_zone
      == "America/New_York"
    )
    error_message = "schedule and time zone must come from the variables"
  }
}

run "ten_thousand_symbols_fit_into_an_alarm" {
  command = plan

  variables {
    symbols = flatten([
      for i in range(100) : [for j in range(100) : "S${i}.${j}"]
    ])
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
