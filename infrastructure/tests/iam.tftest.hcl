# test/integration/infrastructure/iam.test.ts compares the bindings of these runs
# with the list of all bindings.

mock_provider "google" {
  source = "./tests/mocks"
}

run "fan_out_and_a_job_for_each_resolution" {
  variables {
    readers = ["group:analysts@example.com"]
  }

  assert {
    condition = (
      toset([
        for account in concat(
          values(google_service_account.function),
          google_service_account.dataflow,
          [google_service_account.build, google_service_account.push]
        ) : account.account_id
      ])
      == toset([
        "iex-api", "iex-build", "iex-dataflow", "iex-fan-out", "iex-push",
      ])
    )
    error_message = "each part must have its own account"
  }
}

run "per_symbol_and_one_job" {
  variables {
    alarm_mode      = "per_symbol"
    dataflow_layout = "single"
  }

  assert {
    condition     = keys(google_service_account.function) == ["iex-api"]
    error_message = "a part that does not exist must have no account"
  }
}

run "bigquery_and_fan_out" {
  variables {
    window_engine             = "bigquery"
    dataflow_template_version = null
    readers                   = ["group:analysts@example.com"]
  }

  assert {
    condition     = length(google_service_account.dataflow) == 0
    error_message = "without jobs their workers must have no account"
  }
}
