locals {
  fans_out = var.alarm_mode == "fan_out"

  topics = toset([
    for topic in ["iex-fan-out", "iex-ingest", "iex-aggregate"] :
    topic if topic != "iex-fan-out" || local.fans_out
  ])

  # The topic whose messages the alarms publish.
  alarm_topic = local.fans_out ? "iex-fan-out" : "iex-ingest"

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

  depends_on = [google_project_service.service]
}

# What the Dataflow jobs read, one for each job. A pipeline keeps bad messages
# in a table of its own, so these need no dead-letter topic; Dataflow does not
# support one either.
resource "google_pubsub_subscription" "aggregate" {
  for_each = local.pipelines

  name  = each.key
  topic = google_pubsub_topic.topic["iex-aggregate"].id

  ack_deadline_seconds       = 30
  message_retention_duration = "1800s"
  retain_acked_messages      = true

  expiration_policy {
    ttl = "300000s"
  }
}

# Deliver messages to the functions. They are ours and not an event trigger's,
# because a trigger's subscription can have no dead-letter topic in Terraform
# (hashicorp/terraform-provider-google#25069).
resource "google_pubsub_subscription" "push" {
  for_each = local.functions

  name  = each.value.topic
  topic = google_pubsub_topic.topic[each.value.topic].id

  # As long as a function may take.
  ack_deadline_seconds = local.function_timeout_seconds

  # The shortest there is: a function drops a message that is a minute old.
  message_retention_duration = "600s"

  expiration_policy {
    ttl = ""
  }

  push_config {
    # The functions framework takes the topic's name from the path.
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
    max_delivery_attempts = 5
  }

  retry_policy {
    minimum_backoff = "1s"
    maximum_backoff = "10s"
  }

  # Without these rights the first messages would be refused, and lost instead
  # of put aside.
  depends_on = [
    google_cloud_run_v2_service_iam_member.push_invoker,
    google_pubsub_topic_iam_member.dead_letter_publisher,
  ]
}

resource "google_pubsub_topic" "dead_letter" {
  for_each = toset([for function in local.functions : function.topic])

  name = "${each.key}-dead-letter"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.service]
}

# A topic without a subscription keeps nothing.
resource "google_pubsub_subscription" "dead_letter" {
  for_each = google_pubsub_topic.dead_letter

  name  = each.value.name
  topic = each.value.id

  ack_deadline_seconds       = 60
  message_retention_duration = var.dead_letter_retention

  expiration_policy {
    ttl = ""
  }
}
