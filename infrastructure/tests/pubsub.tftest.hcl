mock_provider "google" {
  source = "./tests/mocks"
}

run "topics" {
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
}

run "subscriptions_of_the_jobs" {
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
}

run "one_job_reads_one_subscription" {
  variables {
    dataflow_layout = "single"
  }

  assert {
    condition = (
      {
        for name, subscription in google_pubsub_subscription.aggregate :
        name => [
          subscription.name,
          subscription.topic,
          subscription.ack_deadline_seconds,
          subscription.message_retention_duration,
          subscription.retain_acked_messages,
          subscription.expiration_policy[0].ttl,
        ]
      }
      == {
        iex-aggregate = [
          "iex-aggregate",
          "projects/test-project/topics/iex-aggregate",
          30, "1800s", true, "300000s",
        ]
      }
    )
    error_message = "there must be no subscription without a job"
  }
}

run "subscriptions_of_the_functions" {
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
}

run "dead_letters_are_kept" {
  variables {
    dead_letter_retention = "86400s"
  }

  assert {
    condition = (
      {
        for topic, subscription in google_pubsub_subscription.dead_letter :
        topic => [
          subscription.name,
          subscription.topic,
          subscription.message_retention_duration,
          subscription.expiration_policy[0].ttl,
        ]
      }
      == {
        for topic in ["iex-fan-out", "iex-ingest"] : topic => [
          "${topic}-dead-letter",
          "projects/test-project/topics/${topic}-dead-letter",
          "86400s",
          "",
        ]
      }
    )
    error_message = "each dead-letter topic must have a subscription that never expires"
  }
}

run "in_another_region" {
  variables {
    region = "us-central1"
  }

  override_data {
    target = data.google_storage_bucket.code
    values = {
      location                    = "US-CENTRAL1"
      name                        = "test-project-code"
      public_access_prevention    = "enforced"
      uniform_bucket_level_access = true
    }
  }

  assert {
    condition = alltrue([
      for topic in concat(
        values(google_pubsub_topic.topic),
        values(google_pubsub_topic.dead_letter)
      ) :
      topic.message_storage_policy[0].allowed_persistence_regions
      == toset(["us-central1"])
    ])
    error_message = "messages must stay in that region"
  }
  assert {
    condition = (
      google_bigquery_dataset.iex.location == "us-central1" &&
      alltrue([
        for job in google_dataflow_job.aggregate : job.region == "us-central1"
      ]) &&
      alltrue([
        for function in google_cloudfunctions2_function.function :
        function.location == "us-central1"
      ])
    )
    error_message = "rows, jobs and functions must be in that region"
  }
}
