locals {
  # A loop of quotes lasts a minute; its last quotes may take 20 s to publish.
  # Pub/Sub waits as long for the function's response.
  function_timeout_seconds = local.subscriptions.push.ack_deadline_seconds

  # Properties of the quote APIs. The functions contain the same file.
  quote_sources = jsondecode(file("${path.module}/quote-sources.json"))
  quote_source  = local.quote_sources[var.quote_source]

  # Cloud Run allows only one request at a time on less than one CPU:
  # https://cloud.google.com/run/docs/configuring/services/cpu
  function_concurrency = var.function_cpu < 1 ? 1 : var.function_concurrency

  # As many symbols as one request to the quote API may have; or all of them, if
  # each message needs an instance of its own.
  tickers_per_message = coalesce(
    var.tickers_per_message,
    var.function_cpu < 1
    ? min(length(var.symbols), local.max_tickers_per_message)
    : local.quote_source.max_symbols
  )

  # The function iex-fan-out accepts no higher value.
  max_tickers_per_message = 9999

  functions = {
    for name, function in {
      iex-fan-out = {
        description   = "Splits an alarm into messages for iex-ingest"
        entry_point   = "fanOut"
        topic         = "iex-fan-out"
        publishes_to  = "iex-ingest"
        max_instances = 2
        needs_token   = false
        environment = {
          INGEST_TOPIC        = "iex-ingest"
          TICKERS_PER_MESSAGE = tostring(local.tickers_per_message)
        }
      }
      iex-api = {
        description   = "Requests quotes for one minute, every 10 s"
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
    length(var.symbols) / (local.fans_out ? local.tickers_per_message : 1)
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
    available_cpu                    = tostring(var.function_cpu)
    max_instance_request_concurrency = local.function_concurrency
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
        each.key != "iex-api" || !local.quote_source.token_required ||
        var.quote_api_token_version != null
      )
      error_message = <<-EOT
        ${var.quote_source} needs a token: store it in the secret
        iex-quote-api-token, then set quote_api_token_version
        (docs/deployment.md, "The token").
      EOT
    }
    precondition {
      condition = (
        each.key != "iex-api" || local.quote_source.default_url != null ||
        var.quote_api_url != ""
      )
      error_message = <<-EOT
        The quote source ${var.quote_source} has no default URL: set
        quote_api_url.
      EOT
    }
    precondition {
      # Twice, because the messages of one minute may still be publishing when
      # those of the next minute arrive.
      condition = (
        each.key != "iex-api" ||
        2 * local.ingest_messages
        <= local.function_concurrency * var.function_max_instances
      )
      error_message = <<-EOT
        ${local.ingest_messages} messages a minute are more than half of what
        ${var.function_max_instances} instances can handle with
        ${local.function_concurrency} each: raise tickers_per_message or
        function_max_instances.
      EOT
    }
  }

  depends_on = [terraform_data.roles_ready]
}

# Images of the functions. A separate repository, so that the build has the
# right to write to this one only.
resource "google_artifact_registry_repository" "function" {
  repository_id = "iex-functions"
  location      = var.region
  format        = "DOCKER"
  description   = "Images of the functions, written by their build"

  # An instance runs from Cloud Run's own copy of the image. The recent images
  # stay for a look at what was deployed.
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      older_than = "2592000s" # 30 days
    }
  }

  # A keep policy takes precedence over a delete policy.
  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"

    most_recent_versions {
      keep_count = 5
    }
  }

  depends_on = [terraform_data.services_ready]
}
