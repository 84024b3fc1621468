mock_provider "google" {
  source = "./tests/mocks"
}

run "services" {
  assert {
    condition = alltrue([
      for service in [
        "artifactregistry", "bigquery", "bigquerystorage", "cloudbuild",
        "cloudfunctions", "cloudscheduler", "compute", "dataflow", "iam",
        "logging", "monitoring", "pubsub", "run", "secretmanager", "storage",
      ] :
      contains(
        keys(google_project_service.service), "${service}.googleapis.com"
      )
    ])
    error_message = "each API that is used must be enabled"
  }
  assert {
    condition = alltrue([
      for service in google_project_service.service :
      !service.disable_on_destroy
    ])
    error_message = "no API may be disabled, because other software may use it"
  }
}

run "outputs" {
  assert {
    condition = (
      jsonencode(output.topics)
      == jsonencode(["iex-aggregate", "iex-fan-out", "iex-ingest"]) &&
      jsonencode(output.subscriptions)
      == jsonencode([
        "iex-aggregate-1", "iex-aggregate-15", "iex-aggregate-5",
        "iex-fan-out", "iex-ingest",
      ]) &&
      jsonencode(output.dead_letter_subscriptions)
      == jsonencode(["iex-fan-out-dead-letter", "iex-ingest-dead-letter"])
    )
    error_message = "the outputs must have the names"
  }
  assert {
    condition = (
      output.templates["iex-aggregate-5"]
      == "gs://test-project-code/dataflow/templates/0a1b2c/iex-aggregate-5"
    )
    error_message = "the outputs must have the paths of the templates"
  }
  assert {
    condition = (
      output.commands.ring_alarm
      == "gcloud scheduler jobs run iex-alarm --project=test-project --location=europe-west2" &&
      output.commands.add_token
      == "gcloud secrets versions add iex-quote-api-token --project=test-project --data-file=-"
    )
    error_message = "the outputs must have the commands"
  }
  assert {
    condition = (
      output.console.dashboard
      == "https://console.cloud.google.com/monitoring/dashboards/builder/0a1b2c?project=test-project"
    )
    error_message = "the outputs must have the links"
  }
}

run "the_code_bucket_is_open_to_the_public" {
  command = plan

  override_data {
    target = data.google_storage_bucket.code
    values = {
      location                    = "EUROPE-WEST2"
      public_access_prevention    = "inherited"
      uniform_bucket_level_access = true
    }
  }

  expect_failures = [check.code_bucket]
}

run "the_code_bucket_has_rights_on_single_objects" {
  command = plan

  override_data {
    target = data.google_storage_bucket.code
    values = {
      location                    = "EUROPE-WEST2"
      public_access_prevention    = "enforced"
      uniform_bucket_level_access = false
    }
  }

  expect_failures = [check.code_bucket]
}

run "the_code_bucket_lies_elsewhere" {
  command = plan

  override_data {
    target = data.google_storage_bucket.code
    values = {
      location                    = "US"
      public_access_prevention    = "enforced"
      uniform_bucket_level_access = true
    }
  }

  expect_failures = [check.code_bucket]
}
