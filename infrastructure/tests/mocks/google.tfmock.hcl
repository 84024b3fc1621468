# Values that Google would compute, as far as the configuration uses them.

mock_data "google_project" {
  defaults = {
    number = "123456789012"
  }
}

mock_data "google_storage_bucket" {
  defaults = {
    location                    = "EUROPE-WEST2"
    name                        = "test-project-code"
    public_access_prevention    = "enforced"
    uniform_bucket_level_access = true
  }
}

mock_resource "google_artifact_registry_repository" {
  defaults = {
    id = "projects/test-project/locations/europe-west2/repositories/iex-functions"
  }
}

mock_resource "google_monitoring_dashboard" {
  defaults = {
    id = "projects/123456789012/dashboards/0a1b2c"
  }
}

mock_resource "google_monitoring_notification_channel" {
  defaults = {
    id = "projects/test-project/notificationChannels/42"
  }
}

mock_resource "google_secret_manager_secret" {
  defaults = {
    id = "projects/test-project/secrets/iex-quote-api-token"
  }
}

# Each account and topic has its own name, so that a test can distinguish them.

override_resource {
  target = google_service_account.build
  values = {
    id     = "projects/test-project/serviceAccounts/iex-build@test-project.iam.gserviceaccount.com"
    email  = "iex-build@test-project.iam.gserviceaccount.com"
    member = "serviceAccount:iex-build@test-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.dataflow
  values = {
    email  = "iex-dataflow@test-project.iam.gserviceaccount.com"
    member = "serviceAccount:iex-dataflow@test-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.push
  values = {
    email  = "iex-push@test-project.iam.gserviceaccount.com"
    member = "serviceAccount:iex-push@test-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["iex-api"]
  values = {
    email  = "iex-api@test-project.iam.gserviceaccount.com"
    member = "serviceAccount:iex-api@test-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.function["iex-fan-out"]
  values = {
    email  = "iex-fan-out@test-project.iam.gserviceaccount.com"
    member = "serviceAccount:iex-fan-out@test-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_cloudfunctions2_function.function["iex-api"]
  values = {
    service_config = {
      uri = "https://iex-api-abc-nw.a.run.app"
    }
  }
}

override_resource {
  target = google_cloudfunctions2_function.function["iex-fan-out"]
  values = {
    service_config = {
      uri = "https://iex-fan-out-abc-nw.a.run.app"
    }
  }
}

override_resource {
  target = google_pubsub_topic.topic["iex-fan-out"]
  values = {
    id = "projects/test-project/topics/iex-fan-out"
  }
}

override_resource {
  target = google_pubsub_topic.topic["iex-ingest"]
  values = {
    id = "projects/test-project/topics/iex-ingest"
  }
}

override_resource {
  target = google_pubsub_topic.topic["iex-aggregate"]
  values = {
    id = "projects/test-project/topics/iex-aggregate"
  }
}

override_resource {
  target = google_pubsub_topic.dead_letter["iex-fan-out"]
  values = {
    id = "projects/test-project/topics/iex-fan-out-dead-letter"
  }
}

override_resource {
  target = google_pubsub_topic.dead_letter["iex-ingest"]
  values = {
    id = "projects/test-project/topics/iex-ingest-dead-letter"
  }
}

override_resource {
  target = google_pubsub_topic.dead_letter["iex-aggregate"]
  values = {
    id = "projects/test-project/topics/iex-aggregate-dead-letter"
  }
}
