mock_provider "google" {
  source = "./tests/mocks"
}

run "the_token_is_missing" {
  command = plan

  variables {
    quote_source            = "alpaca"
    quote_api_token_version = null
  }

  expect_failures = [google_cloudfunctions2_function.function]
}

run "the_url_is_missing" {
  command = plan

  variables {
    quote_source = "iex"
  }

  expect_failures = [google_cloudfunctions2_function.function]
}

run "one_message_has_as_many_symbols_as_one_request_may_have" {
  command = plan

  variables {
    symbols = [for i in range(101) : "S${i}"]
  }

  assert {
    condition = (
      google_cloudfunctions2_function.function["iex-fan-out"]
      .service_config[0].environment_variables.TICKERS_PER_MESSAGE == "100"
    )
    error_message = "a message must have 100 symbols, as a request to Alpaca may have"
  }
}

run "a_source_without_batches_has_one_symbol_in_a_message" {
  command = plan

  variables {
    quote_source = "finnhub"
  }

  assert {
    condition = (
      google_cloudfunctions2_function.function["iex-fan-out"]
      .service_config[0].environment_variables.TICKERS_PER_MESSAGE == "1"
    )
    error_message = "a message must have one symbol, as a request to Finnhub"
  }
}

run "less_than_a_cpu" {
  command = plan

  variables {
    function_cpu = 0.167
    quote_source = "finnhub"
    symbols      = [for i in range(101) : "S${i}"]
  }

  assert {
    condition = alltrue([
      for function in google_cloudfunctions2_function.function :
      function.service_config[0].available_cpu == "0.167" &&
      function.service_config[0].max_instance_request_concurrency == 1
    ])
    error_message = "an instance must handle one message at a time"
  }
  assert {
    condition = (
      google_cloudfunctions2_function.function["iex-fan-out"]
      .service_config[0].environment_variables.TICKERS_PER_MESSAGE == "101"
    )
    error_message = "one message must have all symbols, so that one instance is enough"
  }
}

run "less_than_a_cpu_and_more_messages_than_instances" {
  command = plan

  variables {
    function_cpu        = 0.167
    tickers_per_message = 1
  }

  expect_failures = [google_cloudfunctions2_function.function]
}

run "as_many_messages_as_the_instances_hold" {
  command = plan

  variables {
    function_max_instances = 2
    symbols                = [for i in range(80) : "S${i}"]
    tickers_per_message    = 1
  }
}

run "more_messages_than_the_instances_hold" {
  command = plan

  variables {
    function_max_instances = 2
    symbols                = [for i in range(81) : "S${i}"]
    tickers_per_message    = 1
  }

  expect_failures = [google_cloudfunctions2_function.function]
}

run "batches_make_them_fit" {
  command = plan

  variables {
    function_max_instances = 2
    symbols                = [for i in range(81) : "S${i}"]
    tickers_per_message    = 2
  }
}

run "alarms_of_single_symbols_are_no_batches" {
  command = plan

  variables {
    alarm_mode             = "per_symbol"
    function_max_instances = 2
    symbols                = [for i in range(81) : "S${i}"]
    tickers_per_message    = 2
  }

  expect_failures = [google_cloudfunctions2_function.function]
}
