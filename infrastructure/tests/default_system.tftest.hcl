mock_provider "google" {
  source = "./tests/mocks"
}

# One run, because each run plans and applies the whole system.
run "default_system" {
  # Topics.
  assert {
    condition = (
      keys(google_pubsub_topic.topic)
      == ["iex-aggregate", "iex-fan-out", "iex-ingest"]
    )
    error_message = "the topics of the pipeline must exist"
  }
  assert {
    condition = (
      [for topic in google_pubsub_topic.dead_letter : topic.name]
      == ["iex-fan-out-dead-letter", "iex-ingest-dead-letter"]
    )
    error_message = "each function must have a dead-letter topic"
  }
  assert {
    condition = alltrue([
      for topic in concat(
        values(google_pubsub_topic.topic),
        values(google_pubsub_topic.dead_letter)
      ) :
      topic.message_storage_policy[0].allowed_persistence_regions
      == toset(["europe-west2"])
    ])
    error_message = "messages must stay in the region"
  }

  # The jobs' subscriptions.
  assert {
    condition = (
      jsonencode({
        for name, subscription in google_pubsub_subscription.aggregate :
        name => {
          name        = subscription.name
          topic       = subscription.topic
          deadline    = subscription.ack_deadline_seconds
          retention   = subscription.message_retention_duration
          keeps_acked = subscription.retain_acked_messages
          expiry      = subscription.expiration_policy[0].ttl
          ordered     = subscription.enable_message_ordering
          filter      = subscription.filter
          push        = length(subscription.push_config)
          dead_letter = length(subscription.dead_letter_policy)
        }
      })
      == jsonencode({
        for name in ["iex-aggregate-1", "iex-aggregate-5", "iex-aggregate-15"] :
        name => {
          name        = name
          topic       = "projects/test-project/topics/iex-aggregate"
          deadline    = 30
          retention   = "1800s"
          keeps_acked = true
          expiry      = "300000s"
          ordered     = null
          filter      = null
          push        = 0
          dead_letter = 0
        }
      })
    )
    error_message = "each job must have a subscription with these settings"
  }

  # The functions' subscriptions.
  assert {
    condition = (
      {
        for function, subscription in google_pubsub_subscription.push :
        function => {
          name          = subscription.name
          topic         = subscription.topic
          deadline      = subscription.ack_deadline_seconds
          retention     = subscription.message_retention_duration
          expiry        = subscription.expiration_policy[0].ttl
          endpoint      = subscription.push_config[0].push_endpoint
          audience      = subscription.push_config[0].oidc_token[0].audience
          dead_letters  = subscription.dead_letter_policy[0].dead_letter_topic
          attempts      = subscription.dead_letter_policy[0].max_delivery_attempts
          least_backoff = subscription.retry_policy[0].minimum_backoff
          most_backoff  = subscription.retry_policy[0].maximum_backoff
        }
      }
      == {
        iex-api = {
          name          = "iex-ingest"
          topic         = "projects/test-project/topics/iex-ingest"
          deadline      = 90
          retention     = "600s"
          expiry        = ""
          endpoint      = "https://iex-api-abc-nw.a.run.app/projects/test-project/topics/iex-ingest"
          audience      = "https://iex-api-abc-nw.a.run.app"
          dead_letters  = "projects/test-project/topics/iex-ingest-dead-letter"
          attempts      = 5
          least_backoff = "10s"
          most_backoff  = "60s"
        }
        iex-fan-out = {
          name          = "iex-fan-out"
          topic         = "projects/test-project/topics/iex-fan-out"
          deadline      = 90
          retention     = "600s"
          expiry        = ""
          endpoint      = "https://iex-fan-out-abc-nw.a.run.app/projects/test-project/topics/iex-fan-out"
          audience      = "https://iex-fan-out-abc-nw.a.run.app"
          dead_letters  = "projects/test-project/topics/iex-fan-out-dead-letter"
          attempts      = 5
          least_backoff = "10s"
          most_backoff  = "60s"
        }
      }
    )
    error_message = "each function must have a push subscription with a dead-letter topic"
  }
  assert {
    condition = alltrue([
      for subscription in google_pubsub_subscription.push :
      subscription.push_config[0].oidc_token[0].service_account_email
      == "iex-push@test-project.iam.gserviceaccount.com"
    ])
    error_message = "the push subscriptions must use the account that may invoke the functions"
  }

  # Functions.
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

  # The functions' source and build.
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

  # Images of former deployments.
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

  # The alarm.
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

  # Jobs.
  assert {
    condition = (
      {
        for name, job in google_dataflow_job.aggregate :
        name => [job.name, job.region, job.template_gcs_path]
      }
      == {
        for name in ["iex-aggregate-1", "iex-aggregate-5", "iex-aggregate-15"] :
        name => [
          name,
          "europe-west2",
          "gs://test-project-code/dataflow/templates/0a1b2c/${name}",
        ]
      }
    )
    error_message = "each resolution of resolutions.auto.tfvars.json must have its job"
  }
  assert {
    condition = alltrue([
      for name, job in google_dataflow_job.aggregate :
      contains(keys(google_pubsub_subscription.aggregate), name)
    ])
    error_message = "each job must have a subscription of the same name"
  }
  assert {
    condition = alltrue([
      for job in google_dataflow_job.aggregate :
      job.enable_streaming_engine &&
      job.on_delete == "drain" &&
      job.machine_type == "e2-standard-2" &&
      job.max_workers == 2 &&
      job.ip_configuration == "WORKER_IP_PUBLIC" &&
      job.subnetwork == null &&
      job.temp_gcs_location == "gs://test-project-code/dataflow/temp" &&
      job.service_account_email
      == "iex-dataflow@test-project.iam.gserviceaccount.com"
    ])
    error_message = "jobs must use the streaming engine and their own account, and drain"
  }
  assert {
    condition = alltrue([
      for job in google_dataflow_job.aggregate :
      job.parameters == null
    ])
    error_message = "a job must have no parameters, because its template contains them"
  }

  # The dataset.
  assert {
    condition = (
      google_bigquery_dataset.iex.dataset_id == "iex" &&
      google_bigquery_dataset.iex.location == "europe-west2" &&
      !google_bigquery_dataset.iex.delete_contents_on_destroy
    )
    error_message = "the dataset iex must be in the region and keep its content"
  }
  assert {
    condition     = length(google_bigquery_dataset.iex.access) == 0
    error_message = "only iam.tf may grant rights"
  }

  # The table of quotes.
  assert {
    condition = (
      google_bigquery_table.quote.dataset_id == "iex" &&
      google_bigquery_table.quote.table_id == "quote"
    )
    error_message = "the table must be iex.quote"
  }
  assert {
    condition = (
      jsonencode(google_bigquery_table.quote.time_partitioning)
      == jsonencode([{
        expiration_ms            = 90 * 24 * 60 * 60 * 1000
        field                    = "window_end"
        require_partition_filter = null
        type                     = "DAY"
      }])
    )
    error_message = "it must be partitioned by the day of window_end, for 90 days"
  }
  assert {
    condition = (
      google_bigquery_table.quote.clustering
      == tolist(["resolution_minutes", "window_end"])
    )
    error_message = "it must be clustered by the columns in the filters of queries"
  }
  assert {
    condition     = google_bigquery_table.quote.require_partition_filter
    error_message = "a query must filter on the window"
  }
  assert {
    condition = (
      {
        for column in jsondecode(google_bigquery_table.quote.schema) :
        column.name => "${column.type} ${column.mode}"
      }
      == {
        symbol             = "STRING REQUIRED"
        latest_price       = "FLOAT REQUIRED"
        window_end         = "TIMESTAMP REQUIRED"
        event_time         = "TIMESTAMP REQUIRED"
        resolution_minutes = "INTEGER REQUIRED"
      }
    )
    error_message = "it must have the columns of a quote in a window"
  }
  assert {
    condition     = google_bigquery_table.quote.deletion_protection
    error_message = "it must be protected from deletion"
  }

  # The table of dead letters.
  assert {
    condition = (
      google_bigquery_table.dead_letter.dataset_id == "iex" &&
      google_bigquery_table.dead_letter.table_id == "dead_letter" &&
      google_bigquery_table.dead_letter.deletion_protection
    )
    error_message = "the table must be iex.dead_letter, protected from deletion"
  }
  assert {
    condition = (
      jsonencode(google_bigquery_table.dead_letter.time_partitioning)
      == jsonencode([{
        expiration_ms            = 90 * 24 * 60 * 60 * 1000
        field                    = "dead_letter_time"
        require_partition_filter = null
        type                     = "DAY"
      }])
    )
    error_message = "it must be partitioned by the day of dead_letter_time"
  }
  assert {
    condition = (
      [
        for column in jsondecode(google_bigquery_table.dead_letter.schema) :
        column.name
      ]
      == ["payload", "reason", "stage", "dead_letter_time"]
    )
    error_message = "it must have the columns of a rejected message"
  }

  # Views.
  assert {
    condition = (
      keys(google_bigquery_table.view) == ["percentage_gain", "top_stocks"]
    )
    error_message = "there must be two views"
  }
  assert {
    condition = alltrue([
      for name, view in google_bigquery_table.view :
      view.view[0].query == replace(
        file("views/${name}.sql"),
        "$${quote_table}",
        "`test-project.iex.quote`"
      )
    ])
    error_message = "each view must be its file with the name of the table filled in"
  }
  assert {
    condition = alltrue([
      for name, view in google_bigquery_table.view :
      view.table_id == name && view.dataset_id == "iex" &&
      !view.view[0].use_legacy_sql
    ])
    error_message = "they must be views of iex in GoogleSQL"
  }

  # The dashboard.
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

  # The budget.
  assert {
    condition     = length(google_billing_budget.monthly) == 0
    error_message = "there must be no budget by default"
  }

  # APIs.
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

  # Outputs.
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
