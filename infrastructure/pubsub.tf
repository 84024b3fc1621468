locals {
  fans_out = var.alarm_mode == "fan_out"

  topics = toset([
    for topic in ["iex-fan-out", "iex-ingest", "iex-aggregate"] :
    topic if topic != "iex-fan-out" || local.fans_out
  ])

  # The topic to which the alarms publish.
  alarm_topic = local.fans_out ? "iex-fan-out" : "iex-ingest"

  # Settings of the subscriptions, by kind. The local run uses the same file.
  #
  # tick: Pub/Sub writes to BigQuery. The retention is for a week in which
  # BigQuery refuses; the backoff spreads five attempts over minutes, so that a
  # short failure makes no dead letters.
  #
  # push: the ack deadline is the longest time that a function may take. The
  # retention is the shortest that Pub/Sub allows, because a function drops a
  # message that is a minute old. The backoff spreads five attempts over two
  # minutes: a role that has just been granted may take that long to apply.
  subscriptions = jsondecode(file("${path.module}/subscriptions.json"))

  # How long a subscription lives without a subscriber; "" is forever.
  subscription_ttl = {
    for kind, settings in local.subscriptions : kind => (
      settings.expiration_seconds == null
      ? ""
      : "${settings.expiration_seconds}s"
    )
  }

  # Google creates this account when the API is enabled or first used. The
  # resource that asks for it (google_project_service_identity) exists only in
  # the provider google-beta.
  pubsub_service_agent = format(
    "serviceAccount:service-%s@gcp-sa-pubsub.iam.gserviceaccount.com",
    data.google_project.project.number
  )
}

resource "google_pubsub_topic" "topic" {
  for_each = local.topics

  name = each.key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [terraform_data.services_ready]
}

# One subscription for each Dataflow job. A pipeline writes bad messages to a
# table, so these subscriptions need no dead-letter topic; Dataflow does not
# support one either.
resource "google_pubsub_subscription" "aggregate" {
  for_each = local.pipelines

  name  = each.key
  topic = google_pubsub_topic.topic["iex-aggregate"].id

  ack_deadline_seconds = local.subscriptions.aggregate.ack_deadline_seconds
  message_retention_duration = (
    "${local.subscriptions.aggregate.message_retention_seconds}s"
  )
  retain_acked_messages = local.subscriptions.aggregate.retain_acked_messages

  expiration_policy {
    ttl = local.subscription_ttl.aggregate
  }
}

# These subscriptions deliver messages to the functions. They are managed here
# instead of by an event trigger, because Terraform cannot give a trigger's
# subscription a dead-letter topic
# (hashicorp/terraform-provider-google#25069).
resource "google_pubsub_subscription" "push" {
  for_each = local.functions

  name  = each.value.topic
  topic = google_pubsub_topic.topic[each.value.topic].id

  ack_deadline_seconds = local.subscriptions.push.ack_deadline_seconds
  message_retention_duration = (
    "${local.subscriptions.push.message_retention_seconds}s"
  )
  retain_acked_messages = local.subscriptions.push.retain_acked_messages

  expiration_policy {
    ttl = local.subscription_ttl.push
  }

  push_config {
    # The functions framework reads the topic's name from the path.
    push_endpoint = join("/", [
      google_cloudfunctions2_function.function[each.key].service_config[0].uri,
      google_pubsub_topic.topic[each.value.topic].id,
    ])

    oidc_token {
      audience = (
        google_cloudfunctions2_function.function[each.key]
        .service_config[0].uri
      )
      service_account_email = google_service_account.push.email
    }
  }

  dead_letter_policy {
    dead_letter_topic = (
      google_pubsub_topic.dead_letter[each.value.topic].id
    )
    max_delivery_attempts = local.subscriptions.push.max_delivery_attempts
  }

  retry_policy {
    minimum_backoff = "${local.subscriptions.push.minimum_backoff_seconds}s"
    maximum_backoff = "${local.subscriptions.push.maximum_backoff_seconds}s"
  }

  # Without these rights the function would refuse the first messages, and
  # Pub/Sub could not move them to the dead-letter topic.
  depends_on = [
    google_cloud_run_v2_service_iam_member.push_invoker,
    google_pubsub_topic_iam_member.dead_letter_publisher,
  ]
}

resource "google_pubsub_topic" "dead_letter" {
  for_each = toset(concat(
    [for function in local.functions : function.topic],
    local.has_ticks ? ["iex-aggregate"] : []
  ))

  name = "${each.key}-dead-letter"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [terraform_data.services_ready]
}

# A topic without a subscription keeps nothing.
resource "google_pubsub_subscription" "dead_letter" {
  for_each = {
    for topic, dead_letter in google_pubsub_topic.dead_letter :
    topic => dead_letter if topic != "iex-aggregate"
  }

  name  = each.value.name
  topic = each.value.id

  ack_deadline_seconds       = local.subscriptions.dead_letter.ack_deadline_seconds
  message_retention_duration = var.dead_letter_retention
  retain_acked_messages      = local.subscriptions.dead_letter.retain_acked_messages

  expiration_policy {
    ttl = local.subscription_ttl.dead_letter
  }
}

# Pub/Sub writes the messages into these tables itself: the quotes by their
# fields, and the messages that have other fields than a quote whole.
resource "google_pubsub_subscription" "tick" {
  for_each = local.tick_tables

  name = (
    each.key == "tick"
    ? "iex-aggregate-tick"
    : google_pubsub_topic.dead_letter["iex-aggregate"].name
  )
  topic = (
    each.key == "tick"
    ? google_pubsub_topic.topic["iex-aggregate"].id
    : google_pubsub_topic.dead_letter["iex-aggregate"].id
  )

  ack_deadline_seconds = local.subscriptions.tick.ack_deadline_seconds
  message_retention_duration = (
    "${local.subscriptions.tick.message_retention_seconds}s"
  )
  retain_acked_messages = local.subscriptions.tick.retain_acked_messages

  expiration_policy {
    ttl = local.subscription_ttl.tick
  }

  bigquery_config {
    table            = each.value
    use_table_schema = each.key == "tick"
    # A quote may have further fields, as in the pipeline.
    drop_unknown_fields = each.key == "tick"
    # The publish time, which stands for a missing event time, and quote_id.
    write_metadata = true
  }

  # What even the table for dead letters refuses waits in its subscription.
  dynamic "dead_letter_policy" {
    for_each = each.key == "tick" ? [""] : []

    content {
      dead_letter_topic     = google_pubsub_topic.dead_letter["iex-aggregate"].id
      max_delivery_attempts = local.subscriptions.tick.max_delivery_attempts
    }
  }

  retry_policy {
    minimum_backoff = "${local.subscriptions.tick.minimum_backoff_seconds}s"
    maximum_backoff = "${local.subscriptions.tick.maximum_backoff_seconds}s"
  }

  # Google refuses a subscription that may not write to its table.
  depends_on = [
    google_pubsub_topic_iam_member.dead_letter_publisher,
    terraform_data.roles_ready,
  ]
}
