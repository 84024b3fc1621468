locals {
  # A loop of quotes lasts a minute; its last quotes may take 20 s to publish.
  function_timeout_seconds = 90

  functions = {
    for name, function in {
      iex-fan-out = {
        description   = "Splits an alarm into messages of iex-ingest"
        entry_point   = "fanOut"
        topic         = "iex-fan-out"
        publishes_to  = "iex-ingest"
        max_instances = 2
        needs_token   = false
        environment = {
          INGEST_TOPIC        = "iex-ingest"
          TICKERS_PER_MESSAGE = tostring(var.tickers_per_message)
        }
      }
      iex-api = {
        description   = "Takes quotes for a minute, one every 10 s"
        entry_point   = "iexApi"
        topic         = "iex-ingest"
        publishes_to  = "iex-aggregate"
        max_instances = var.function_max_instances
        needs_token   = var.quote_api_token_version != null
        environment = {
          AGGREGATE_TOPIC = "iex-aggregate"
          QUOTE_SOURCE    = var.quote_source
          QUOTE_API_URL   = var.quote_api_url
        }
      }
    } : name => function if name != "iex-fan-out" || local.fans_out
  }

  ingest_messages = ceil(
    length(var.symbols) / (local.fans_out ? var.tickers_per_message : 1)
  )
}

resource "google_cloudfunctions2_function" "function" {
  for_each = local.functions

  name        = each.key
  description = each.value.description
  location    = var.region

  build_config {
    runtime           = var.function_runtime
    entry_point       = each.value.entry_point
    docker_repository = google_artifact_registry_repository.function.id
    service_account   = google_service_account.build.id

    source {
      storage_source {
        bucket = data.google_storage_bucket.code.name
        object = var.function_object
      }
    }
  }

  service_config {
    available_memory                 = "256M"
    available_cpu                    = "1"
    max_instance_request_concurrency = var.function_concurrency
    max_instance_count               = each.value.max_instances
    timeout_seconds                  = local.function_timeout_seconds
    ingress_settings                 = "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision   = true
    service_account_email = (
      google_service_account.function[each.key].email
    )

    environment_variables = merge(each.value.environment, {
      GOOGLE_CLOUD_PROJECT = var.project_id
      LOG_LEVEL            = var.log_level
    })

    dynamic "secret_environment_variables" {
      for_each = each.value.needs_token ? [""] : []

      content {
        key        = "QUOTE_API_TOKEN"
        project_id = var.project_id
        secret     = google_secret_manager_secret.quote_api_token.secret_id
        version    = var.quote_api_token_version
      }
    }
  }

  lifecycle {
    precondition {
      condition = (
        each.key != "iex-api" || var.quote_source == "iex" ||
        var.quote_api_token_version != null
      )
      error_message = <<-EOT
        ${var.quote_source} wants a token: store it in the secret
        iex-quote-api-token, then set quote_api_token_version
        (docs/deployment.md, "The token").
      EOT
    }
    precondition {
      condition = (
        each.key != "iex-api" || var.quote_source != "iex" ||
        var.quote_api_url != ""
      )
      error_message = <<-EOT
        The source iex has no address of its own: set quote_api_url.
      EOT
    }
    precondition {
      # Two, because a minute's messages may still be publishing when those of
      # the next arrive.
      condition = (
        each.key != "iex-api" ||
        2 * local.ingest_messages
        <= var.function_concurrency * var.function_max_instances
      )
      error_message = <<-EOT
        ${local.ingest_messages} messages a minute are more than half of what
        ${var.function_max_instances} instances hold at
        ${var.function_concurrency} each: raise tickers_per_message or
        function_max_instances.
      EOT
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build_writer,
    google_project_iam_member.build_log_writer,
    google_project_iam_member.build_source_viewer,
    google_project_service.service,
    google_secret_manager_secret_iam_member.quote_api_token_accessor,
  ]
}

# The functions' images. A repository of our own, so that the build may write
# to it and to no other.
resource "google_artifact_registry_repository" "function" {
  repository_id = "iex-functions"
  location      = var.region
  format        = "DOCKER"
  description   = "Images of the functions, written by their build"

  depends_on = [google_project_service.service]
}
