mock_provider "google" {
  source = "./tests/mocks"
}

run "functions" {
  assert {
    condition = (
      {
        for name, function in google_cloudfunctions2_function.function :
        name => [
          function.name,
          function.location,
          function.build_config[0].runtime,
          function.build_config[0].entry_point,
          function.service_config[0].service_account_email,
        ]
      }
      == {
        iex-api = [
          "iex-api", "europe-west2", "nodejs24", "iexApi",
          "iex-api@test-project.iam.gserviceaccount.com",
        ]
        iex-fan-out = [
          "iex-fan-out", "europe-west2", "nodejs24", "fanOut",
          "iex-fan-out@test-project.iam.gserviceaccount.com",
        ]
      }
    )
    error_message = "each function must run its entry point with its own account"
  }
  assert {
    condition = alltrue([
      for function in google_cloudfunctions2_function.function :
      function.service_config[0].available_memory == "256M" &&
      function.service_config[0].timeout_seconds == 90 &&
      function.service_config[0].max_instance_request_concurrency == 80 &&
      # The least for more than one message at a time.
      function.service_config[0].available_cpu == "1"
    ])
    error_message = "an instance must have 256 MB, and handle 80 messages for at most 90 s"
  }
  assert {
    condition = (
      google_cloudfunctions2_function.function["iex-api"]
      .service_config[0].max_instance_count == 10 &&
      google_cloudfunctions2_function.function["iex-fan-out"]
      .service_config[0].max_instance_count == 2
    )
    error_message = "the number of instances must be limited"
  }
  assert {
    condition = alltrue([
      for function in google_cloudfunctions2_function.function :
      function.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    ])
    error_message = "functions must be unreachable from the internet"
  }
}

run "source_and_build" {
  assert {
    condition = alltrue([
      for function in google_cloudfunctions2_function.function :
      function.build_config[0].source[0].storage_source[0].bucket
      == "test-project-code" &&
      function.build_config[0].source[0].storage_source[0].object
      == "function/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.zip"
    ])
    error_message = "the source must be function_object in code_bucket"
  }
  assert {
    condition = alltrue([
      for function in google_cloudfunctions2_function.function :
      function.build_config[0].service_account
      == "projects/test-project/serviceAccounts/iex-build@test-project.iam.gserviceaccount.com" &&
      function.build_config[0].docker_repository
      == "projects/test-project/locations/europe-west2/repositories/iex-functions"
    ])
    error_message = "the build must have its own account and repository"
  }
}

run "environment" {
  variables {
    log_level           = "debug"
    quote_source        = "finnhub"
    tickers_per_message = 5
  }

  assert {
    condition = (
      google_cloudfunctions2_function.function["iex-api"]
      .service_config[0].environment_variables
      == tomap({
        AGGREGATE_TOPIC      = "iex-aggregate"
        GOOGLE_CLOUD_PROJECT = "test-project"
        LOG_LEVEL            = "debug"
        QUOTE_API_URL        = ""
        QUOTE_SOURCE         = "finnhub"
      })
    )
    error_message = "iex-api must have its environment variables, without the token"
  }
  assert {
    condition = (
      google_cloudfunctions2_function.function["iex-fan-out"]
      .service_config[0].environment_variables
      == tomap({
        GOOGLE_CLOUD_PROJECT = "test-project"
        INGEST_TOPIC         = "iex-ingest"
        LOG_LEVEL            = "debug"
        TICKERS_PER_MESSAGE  = "5"
      })
    )
    error_message = "iex-fan-out must have its environment variables"
  }
}

run "token" {
  variables {
    quote_api_token_version = "3"
  }

  assert {
    condition = (
      jsonencode(
        google_cloudfunctions2_function.function["iex-api"]
        .service_config[0].secret_environment_variables
      )
      == jsonencode([{
        key        = "QUOTE_API_TOKEN"
        project_id = "test-project"
        secret     = "iex-quote-api-token"
        version    = "3"
      }])
    )
    error_message = "iex-api must get the token from Secret Manager"
  }
  assert {
    condition = (
      length(
        google_cloudfunctions2_function.function["iex-fan-out"]
        .service_config[0].secret_environment_variables
      ) == 0
    )
    error_message = "iex-fan-out must not get the token"
  }
  assert {
    condition = (
      google_secret_manager_secret.quote_api_token.deletion_protection &&
      [
        for replica in google_secret_manager_secret.quote_api_token
        .replication[0].user_managed[0].replicas : replica.location
      ] == ["europe-west2"]
    )
    error_message = "the secret must stay in the region, protected from deletion"
  }
}

run "a_source_without_token" {
  variables {
    quote_source            = "iex"
    quote_api_url           = "https://quotes.example.com/v1"
    quote_api_token_version = null
  }

  assert {
    condition = (
      length(
        google_cloudfunctions2_function.function["iex-api"]
        .service_config[0].secret_environment_variables
      ) == 0 &&
      google_cloudfunctions2_function.function["iex-api"]
      .service_config[0].environment_variables.QUOTE_API_URL
      == "https://quotes.example.com/v1"
    )
    error_message = "no secret may be read"
  }
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

run "the_images_of_former_deployments_are_deleted" {
  assert {
    condition = (
      google_artifact_registry_repository.function.location
      == "europe-west2" &&
      google_artifact_registry_repository.function.cleanup_policy_dry_run
      != true
    )
    error_message = "the repository must be in the region, and apply its policies"
  }
  assert {
    condition = (
      {
        for policy in
        google_artifact_registry_repository.function.cleanup_policies :
        policy.action => [
          for rule in concat(
            policy.condition[*].older_than,
            policy.most_recent_versions[*].keep_count
          ) : tostring(rule)
        ]
      }
      == { DELETE = ["2592000s"], KEEP = ["5"] }
    )
    error_message = "images must be kept for 30 days, and the five newest longer"
  }
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
